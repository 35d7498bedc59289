// The C++ side of tests/properties/run: answers questions about terms on a TCP connection.
//
//     term_properties            prints "PORT <n>", takes one connection on 127.0.0.1, serves it
//
// A question has a length of 4 bytes before it ({packet,4}) and is a list of encoded requests:
//     {encode, Binary}           decode, encode again         Binary
//     {sort, [Binary]}           stable sort, Erlang's order  [Binary]
//     {equal, Binary, Binary}    ==, and its hash             true | false
//     {compare, Binary, Binary}  Erlang's < and ==            lt | eq | gt
//     {print, Binary}            as Erlang text               Binary
//     {parse, Binary}            Erlang text to a term        Binary
// The answer is the list of results, {error, Message} where there is none.
#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/parse.hpp>
#include <beamnode/etf/text.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace beamnode::etf;
using namespace beamnode::etf::literals;

namespace {

bytes_view bytes_of(const term& binary) {
  const auto text = binary.as_text();
  return text ? as_bytes(*text) : bytes_view{};
}

template <class T> term binary(const T& bytes) { return term::from(byte_buffer(bytes)); }

term failure(const error& e) { return term::from(tuple("error"_atom, e.message())); }

term answer_encode(const term& of) {
  const result<term> value = term::decode(bytes_of(of));
  return value ? binary(value->encode()) : failure(value.error());
}

term answer_sort(const term& list) {
  std::vector<std::pair<term, term>> all;  // value, its bytes
  for (const term& element : list.elements()) {
    result<term> value = term::decode(bytes_of(element));
    if (!value) return failure(value.error());
    all.emplace_back(*std::move(value), element);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return compare(a.first, b.first) < 0; });
  std::vector<term> sorted;
  sorted.reserve(all.size());
  for (auto& [value, bytes] : all) sorted.push_back(std::move(bytes));
  return term::from(sorted);
}

term answer_pair(const term& request) {
  const result<term> a = term::decode(bytes_of(request[1]));
  const result<term> b = term::decode(bytes_of(request[2]));
  if (!a || !b) return failure(a ? b.error() : a.error());
  if (request[0].is("compare"_atom)) {
    const std::weak_ordering order = compare(*a, *b);
    return order < 0 ? "lt"_atom : order > 0 ? "gt"_atom : "eq"_atom;
  }
  const bool equal = *a == *b;
  const bool same_hash = std::hash<term>{}(*a) == std::hash<term>{}(*b);
  if (equal && !same_hash) return failure(error(errc::wrong_value, 0, "hashes differ"));
  if (equal != ((*a <=> *b) == 0)) return failure(error(errc::wrong_value, 0, "<=> differs"));
  return equal ? "true"_atom : "false"_atom;
}

term answer(const term& request) {
  const term what = request[0];
  if (what.is("encode"_atom)) return answer_encode(request[1]);
  if (what.is("sort"_atom)) return answer_sort(request[1]);
  if (what.is("equal"_atom) || what.is("compare"_atom)) return answer_pair(request);
  if (what.is("print"_atom)) {
    const result<term> value = term::decode(bytes_of(request[1]));
    return value ? term::from(erlang_text(*value)) : failure(value.error());
  }
  if (what.is("parse"_atom)) {
    const result<term> value = parse_term(as_text(bytes_of(request[1])));
    return value ? binary(value->encode()) : failure(value.error());
  }
  return failure(error(errc::wrong_value, 0, "no such request"));
}

bool read_all(int socket, std::uint8_t* to, std::size_t size) {
  while (size != 0) {
    const ssize_t got = ::read(socket, to, size);
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int socket, bytes_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(socket, bytes.data(), bytes.size());
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

/// Until the other side closes the connection.
bool serve(int socket) {
  std::array<std::uint8_t, 4> header{};
  while (read_all(socket, header.data(), header.size())) {
    byte_buffer question;
    question.extend(load_big<std::uint32_t>(header.data()));
    if (!read_all(socket, question.data(), question.size())) return false;
    const result<term> requests = term::decode(question);
    if (!requests) return false;
    std::vector<term> answers;
    for (const term& request : requests->elements()) answers.push_back(answer(request));
    const byte_buffer bytes = encode(answers);
    store_big(header.data(), static_cast<std::uint32_t>(bytes.size()));
    if (!write_all(socket, header) || !write_all(socket, bytes)) return false;
  }
  return true;
}

int run() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    std::perror("term_properties");
    return EXIT_FAILURE;
  }
  std::printf("PORT %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const int connection = ::accept(listener, nullptr, nullptr);
  if (connection < 0) return EXIT_FAILURE;
  const int on = 1;
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return serve(connection) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main() try { return run(); } catch (const std::exception& e) {
  std::fprintf(stderr, "term_properties: %s\n", e.what());
  return EXIT_FAILURE;
}

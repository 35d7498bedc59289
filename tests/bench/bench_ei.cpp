// What libei does with the sets of the codec benchmarks: bench_ei DIR ROUND
//
// libei has no terms: its decoding is a walk that takes every value into a variable of its type
// (binaries into fresh memory), its encoding is what a user would write by hand.
#include <ei.h>

#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <vector>

#include "codec_timing.hpp"

namespace {

using beamnode::bench::nanoseconds;
using beamnode::bench::report;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "bench_ei: %s\n", what);
  std::exit(3);
}
void check(int status) {
  if (status < 0) fail("libei refused");
}

/// Takes the value at `at`; `open` values follow it where it is a container.
int take(const char* bytes, int& at) {
  int type = 0;
  int size = 0;
  check(ei_get_type(bytes, &at, &type, &size));
  switch (type) {
    case ERL_SMALL_TUPLE_EXT:
    case ERL_LARGE_TUPLE_EXT: check(ei_decode_tuple_header(bytes, &at, &size)); return size;
    case ERL_MAP_EXT: check(ei_decode_map_header(bytes, &at, &size)); return 2 * size;
    case ERL_NIL_EXT: check(ei_decode_list_header(bytes, &at, &size)); return 0;
    case ERL_LIST_EXT: check(ei_decode_list_header(bytes, &at, &size)); return size + 1;
    case ERL_SMALL_INTEGER_EXT:
    case ERL_INTEGER_EXT: {
      long value = 0;
      check(ei_decode_long(bytes, &at, &value));
      return 0;
    }
    case ERL_SMALL_BIG_EXT:
    case ERL_LARGE_BIG_EXT: {
      long long value = 0;
      if (size <= 8 && ei_decode_longlong(bytes, &at, &value) == 0) return 0;
      erlang_big* const big = ei_alloc_big(static_cast<unsigned>(size));
      check(ei_decode_big(bytes, &at, big));
      ei_free_big(big);
      return 0;
    }
    case ERL_FLOAT_EXT:
    case NEW_FLOAT_EXT: {
      double value = 0;
      check(ei_decode_double(bytes, &at, &value));
      return 0;
    }
    case ERL_STRING_EXT: {
      const auto text = std::make_unique<char[]>(static_cast<std::size_t>(size) + 1);
      check(ei_decode_string(bytes, &at, text.get()));
      return 0;
    }
    case ERL_BINARY_EXT: {
      // As std::string would not, ei users take malloc.
      char* const content = static_cast<char*>(std::malloc(static_cast<std::size_t>(size) + 1));
      long length = 0;
      check(ei_decode_binary(bytes, &at, content, &length));
      std::free(content);
      return 0;
    }
    case ERL_PID_EXT:
    case ERL_NEW_PID_EXT: {
      erlang_pid pid;
      check(ei_decode_pid(bytes, &at, &pid));
      return 0;
    }
    case ERL_NEW_REFERENCE_EXT:
    case ERL_NEWER_REFERENCE_EXT: {
      erlang_ref reference;
      check(ei_decode_ref(bytes, &at, &reference));
      return 0;
    }
    default: {
      char name[MAXATOMLEN_UTF8];
      check(ei_decode_atom_as(bytes, &at, name, sizeof name, ERLANG_UTF8, nullptr, nullptr));
      return 0;
    }
  }
}

void decode(const char* bytes) {
  int at = 0;
  int version = 0;
  check(ei_decode_version(bytes, &at, &version));
  // How many values are to come: what is inside what does not matter to a walk.
  for (long left = 1; left != 0; --left) left += take(bytes, at);
}

/// What a program has at hand when it encodes a set.
struct values {
  erlang_pid pid{};
  erlang_ref reference{};
  std::vector<erlang_big*> bigs;
  std::vector<std::string> atoms;
  const char* content = nullptr;

  values(char set, const char* bytes) {
    int at = 1;
    int size = 0;
    char name[MAXATOMLEN_UTF8];
    for (int i = 1; i <= 200; ++i) atoms.push_back("attr_" + std::to_string(i));
    if (set == 'a' || set == 'i') {
      check(ei_decode_tuple_header(bytes, &at, &size));
      check(ei_decode_atom(bytes, &at, name));
      check(ei_decode_tuple_header(bytes, &at, &size));
      check(ei_decode_pid(bytes, &at, &pid));
      check(ei_decode_list_header(bytes, &at, &size));
      check(ei_decode_atom(bytes, &at, name));
      check(ei_decode_ref(bytes, &at, &reference));
    } else if (set == 'd') {
      content = bytes + 6;
    } else if (set == 'f') {
      check(ei_decode_list_header(bytes, &at, &size));
      bigs.resize(static_cast<std::size_t>(size));
      for (erlang_big*& big : bigs) {
        int type = 0;
        check(ei_get_type(bytes, &at, &type, &size));
        big = ei_alloc_big(static_cast<unsigned>(size));
        check(ei_decode_big(bytes, &at, big));
      }
    }
  }
};

void encode_call(ei_x_buff& out, const values& given) {
  ei_x_encode_tuple_header(&out, 3);
  ei_x_encode_atom(&out, "$gen_call");
  ei_x_encode_tuple_header(&out, 2);
  ei_x_encode_pid(&out, &given.pid);
  ei_x_encode_list_header(&out, 1);
  ei_x_encode_atom(&out, "alias");
  ei_x_encode_ref(&out, &given.reference);
}

void encode_row(ei_x_buff& out, long i) {
  char name[16] = {};
  for (unsigned byte = 0; byte < 4; ++byte) {
    name[15 - byte] = static_cast<char>(static_cast<unsigned long>(i) >> (8 * byte));
  }
  ei_x_encode_map_header(&out, 4);
  ei_x_encode_atom(&out, "id");
  ei_x_encode_long(&out, i);
  ei_x_encode_atom(&out, "name");
  ei_x_encode_binary(&out, name, 16);
  ei_x_encode_atom(&out, "score");
  ei_x_encode_double(&out, static_cast<double>(i) * 1.5);
  ei_x_encode_atom(&out, "tags");
  ei_x_encode_list_header(&out, 3);
  for (const char* const tag : {"alpha", "beta", "gamma"}) ei_x_encode_atom(&out, tag);
  ei_x_encode_empty_list(&out);
}

template <class Element> void encode_list(ei_x_buff& out, long length, const Element& element) {
  ei_x_encode_list_header(&out, length);
  for (long i = 1; i <= length; ++i) element(i);
  ei_x_encode_empty_list(&out);
}

void encode(ei_x_buff& out, char set, const values& given) {
  out.index = 0;
  ei_x_encode_version(&out);
  switch (set) {
    case 'a':
      encode_call(out, given);
      ei_x_encode_tuple_header(&out, 3);
      ei_x_encode_atom(&out, "add");
      ei_x_encode_long(&out, 1);
      ei_x_encode_long(&out, 2);
      return;
    case 'b': return encode_list(out, 10'000, [&](long i) { encode_row(out, i); });
    case 'c': return encode_list(out, 1'000'000, [&](long i) { ei_x_encode_long(&out, i % 1000); });
    case 'd': ei_x_encode_binary(&out, given.content, 16 << 20); return;
    case 'e':
      for (int i = 0; i < 100'000; ++i) ei_x_encode_list_header(&out, 1);
      for (int i = 0; i <= 100'000; ++i) ei_x_encode_empty_list(&out);
      return;
    case 'f':
      return encode_list(out, 100'000, [&](long i) {
        ei_x_encode_big(&out, given.bigs[static_cast<std::size_t>(i - 1)]);
      });
    case 'g':
      return encode_list(out, 10'000, [&](long i) {
        ei_x_encode_tuple_header(&out, 2);
        ei_x_encode_atom(&out, given.atoms[static_cast<std::size_t>(i % 200)].c_str());
        ei_x_encode_atom(&out, given.atoms[static_cast<std::size_t>(i * 7 % 200)].c_str());
      });
    case 'h':
      return encode_list(out, 1'000'000,
                         [&](long i) { ei_x_encode_longlong(&out, (1LL << 62) + i * 1'000'003); });
    default:
      encode_call(out, given);
      ei_x_encode_tuple_header(&out, 3);
      ei_x_encode_atom(&out, "put");
      ei_x_encode_binary(&out, "user:1234", 9);
      ei_x_encode_map_header(&out, 2);
      ei_x_encode_atom(&out, "age");
      ei_x_encode_long(&out, 36);
      ei_x_encode_atom(&out, "name");
      ei_x_encode_binary(&out, "Ada Lovelace", 12);
      return;
  }
}

void measure(char set, const char* round, const std::string& whole) {
  const values given(set, whole.data());
  ei_x_buff out;
  check(ei_x_new(&out));
  encode(out, set, given);
  if (static_cast<std::size_t>(out.index) != whole.size()) fail("encoded another size");
  report(std::string("E1_enc_") + set + "_ns", "ei", round,
         nanoseconds([&] { encode(out, set, given); }));
  report(std::string("E2_dec_") + set + "_ns", "ei", round,
         nanoseconds([&] { decode(whole.data()); }));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: bench_ei DIR ROUND");
  ei_init();
  for (char set = 'a'; set <= 'i'; ++set) {
    std::ifstream file(std::string(argv[1]) + "/" + set + ".etf", std::ios::binary);
    if (file) measure(set, argv[2], {std::istreambuf_iterator<char>(file), {}});
  }
}

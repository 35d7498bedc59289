// Encoding and decoding of one term per set: bench_codec DIR ROUND
//
// Reads the sets that tests/bench/codec_sets wrote (DIR/a.etf ...) and prints a line per workload,
//     R E1_enc_<set>_ns     beamnode        ROUND NS    typed values to bytes
//     R E1_enc_<set>_ns     beamnode_term   ROUND NS    a term to bytes
//     R E2_dec_<set>_ns     beamnode        ROUND NS    bytes to a term
//     R E2_dec_<set>_ns     beamnode_typed  ROUND NS    bytes to typed values
//     R E2_skip_<set>_ns    beamnode        ROUND NS    the check of a message that arrives
//     R E2_peak_kB_<set>    beamnode        ROUND KB    memory of one decoding to a term
//     R memcpy_<set>_ns     memcpy          ROUND NS    the floor for what only copies
// A set that is not there is passed over. What is encoded must be the set's own bytes.
#include <beamnode/etf/big_integer.hpp>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/shape.hpp>
#include <beamnode/etf/term.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iterator>

#include "codec_timing.hpp"

using namespace beamnode::etf;

namespace {

/// The tag of a call: `[alias | Ref]`.
struct call_tag {
  reference reply_to;
};
struct add {
  std::int64_t x = 0;
  std::int64_t y = 0;
};
struct person {
  std::int64_t age = 0;
  std::string_view name;
};
struct put {
  std::string_view key;
  person value;
};
struct row {
  std::int64_t id = 0;
  std::string_view name;
  double score = 0;
  std::vector<atom> tags;
};
template <class Request>
using call = std::tuple<literal<"$gen_call">, std::tuple<pid, call_tag>, Request>;

}  // namespace

template <> struct beamnode::etf::codec<call_tag> {
  static void encode(writer& w, const call_tag& tag) {
    w.write_list(1);
    w.write_atom(literal<"alias">::value());
    w.write_reference(tag.reply_to);
  }
  static call_tag decode(reader& r) {
    if (r.read_list().length != 1) r.fail(errc::wrong_arity);
    r.expect_atom(literal<"alias">::value());
    return {r.read_reference()};
  }
};
template <> struct beamnode::etf::codec<add> : tagged_tuple_codec<add, "add", &add::x, &add::y> {};
template <>
struct beamnode::etf::codec<person>
    : map_codec<person, field<"age", &person::age>, field<"name", &person::name>> {};
template <>
struct beamnode::etf::codec<put> : tagged_tuple_codec<put, "put", &put::key, &put::value> {};
template <>
struct beamnode::etf::codec<row>
    : map_codec<row, field<"id", &row::id>, field<"name", &row::name>, field<"score", &row::score>,
                field<"tags", &row::tags>> {};

namespace {

using beamnode::bench::nanoseconds;
using beamnode::bench::peak_kilobytes;
using beamnode::bench::report;

/// Keeps the compiler from dropping what nobody looks at.
template <class T> void keep(const T& value) { asm volatile("" : : "g"(&value) : "memory"); }

[[noreturn]] void fail(char set, const std::string& why) {
  std::fprintf(stderr, "set %c: %s\n", set, why.c_str());
  std::exit(3);
}

class measurement {
 public:
  measurement(char set, const char* round, bytes_view whole)
      : set_(set), round_(round), whole_(whole), bare_(whole.subspan(1)) {}

  void whole_terms() const {
    report(name("E2_peak_kB_", ""), "beamnode", round_,
           static_cast<double>(peak_kilobytes([this] { keep(term::decode(whole_)); })));
    report(name("E2_dec_"), "beamnode", round_, nanoseconds([this] {
             const auto decoded = term::decode(whole_);
             if (!decoded) fail(set_, decoded.error().message());
           }));
    report(name("E2_skip_"), "beamnode", round_, nanoseconds([this] {
             if (!validate(bare_)) fail(set_, "invalid");
           }));
    const term value = term::decode(whole_).value();
    encode("beamnode_term", [&value](writer& out) { value.write_to(out); });
    byte_buffer copy;
    report(name("memcpy_"), "memcpy", round_, nanoseconds([this, &copy] {
             copy.truncate(0);
             copy.append(whole_);
             keep(copy);
           }));
  }

  /// Decoding and encoding by the codec of T.
  template <class T> void typed() const {
    const auto decode = [](reader& in) { return codec<T>::decode(in); };
    typed(decode, [](writer& out, const T& value) { codec<T>::encode(out, value); });
  }
  template <class Decode, class Encode>
  void typed(const Decode& decode, const Encode& encode_value) const {
    report(name("E2_dec_"), "beamnode_typed", round_, nanoseconds([&] {
             reader in(bare_);
             const auto value = decode(in);
             keep(value);
             if (!in.ok()) fail(set_, in.failure().message());
           }));
    reader in(bare_);
    const auto value = decode(in);
    encode("beamnode", [&](writer& out) { encode_value(out, value); });
  }

 private:
  template <class Write> void encode(const char* who, const Write& write) const {
    byte_buffer bytes;
    const auto once = [&] {
      bytes.truncate(0);
      bytes.append(version_magic);
      writer out(bytes);
      write(out);
    };
    once();
    if (bytes.size() != whole_.size() ||
        std::memcmp(bytes.data(), whole_.data(), whole_.size()) != 0) {
      std::fprintf(stderr, "# %s, set %c: encoded bytes differ from the BEAM's\n", who, set_);
    }
    report(name("E1_enc_"), who, round_, nanoseconds(once));
  }
  [[nodiscard]] std::string name(const char* prefix, const char* suffix = "_ns") const {
    return prefix + std::string(1, set_) + suffix;
  }

  char set_;
  const char* round_;
  bytes_view whole_;
  bytes_view bare_;
};

/// A list in a list in a list, too deep for a type.
std::size_t decode_nested(reader& in) {
  std::size_t levels = 0;
  std::size_t ends = 0;
  for (; in.read_list().length == 1; ++ends) ++levels;
  while (ends != 0 && in.ok()) {
    in.read_list_end();
    --ends;
  }
  return levels;
}
void encode_nested(writer& out, std::size_t levels) {
  for (std::size_t i = 0; i < levels; ++i) out.write_list(1);
  for (std::size_t i = 0; i <= levels; ++i) out.write_nil();
}

void measure(char set, const char* round, bytes_view whole) {
  const measurement m(set, round, whole);
  m.whole_terms();
  switch (set) {
    case 'a': return m.typed<call<add>>();
    case 'b': return m.typed<std::vector<row>>();
    case 'c':
    case 'h': return m.typed<std::vector<std::int64_t>>();
    case 'd': return m.typed<bytes_view>();
    case 'e': return m.typed(decode_nested, encode_nested);
    case 'f': return m.typed<std::vector<big_integer>>();
    case 'g': return m.typed<std::vector<std::pair<atom, atom>>>();
    case 'i': return m.typed<call<put>>();
    default: return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_codec DIR ROUND\n", stderr);
    return 2;
  }
  for (char set = 'a'; set <= 'i'; ++set) {
    std::ifstream file(std::string(argv[1]) + "/" + set + ".etf", std::ios::binary);
    if (!file) continue;
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    // In a process of its own: what one set leaves behind is not the next one's memory.
    const pid_t child = fork();
    if (child == 0) {
      measure(set, argv[2], as_bytes(content));
      return 0;
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) return 3;
  }
}

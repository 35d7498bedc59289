#include <beamnode/etf/writer.hpp>

#include <doctest/doctest.h>

#include "unit/etf/term_samples.hpp"
#include "unit/etf/wire_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// `bytes` with their atoms spelled out; on failure its code as text.
std::string spelled_out(const byte_string& bytes) {
  byte_buffer out;
  writer w(out);
  w.write_encoded(bytes, sample_refs());
  if (!w.ok()) return "code " + std::to_string(static_cast<int>(w.code()));
  return to_hex(out.view());
}

std::string code_text(errc code) { return "code " + std::to_string(static_cast<int>(code)); }

/// A fun of `module` with one free variable, its size to be that of these bytes.
byte_string fun_of(const byte_string& module, const byte_string& node, const byte_string& free) {
  const byte_string inside =
      bytes_of("01 000102030405060708090a0b0c0d0e0f 00000007 00000001"_hex, module, "6101 6102"_hex,
               "58"_hex, node, "000000010000000200000003"_hex, free);
  const auto size = static_cast<std::uint32_t>(inside.size() + 4);
  return bytes_of(112, static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
                  static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size), inside);
}

}  // namespace

TEST_CASE("a term spelled out is the same term, without a number in it") {
  for (const wire_sample& sample : wire_samples()) {
    CAPTURE(sample.name);
    const byte_string bytes = sample.bytes;
    byte_buffer out;
    writer w(out);
    w.write_encoded(bytes, sample_refs());
    REQUIRE(w.ok());
    const auto meant = term::decode_bare(bytes, {}, sample_refs());
    const auto spelled = term::decode_bare(out.view());
    REQUIRE(meant);
    REQUIRE_MESSAGE(spelled, to_hex(out.view()));
    CHECK(*meant == *spelled);
  }
}

TEST_CASE("numbers become atoms wherever an atom may stand") {
  const std::string name = to_hex(bytes_of(119, static_cast<int>(sample_refs()[0].text().size()),
                                           std::string(sample_refs()[0].text())));
  CHECK(spelled_out("5200"_hex) == name);
  CHECK(spelled_out("6802 5200 6c00000001 5200 6a"_hex) ==
        "6802" + name + "6c00000001" + name + "6a");
  CHECK(spelled_out("58 5200 000000010000000200000003"_hex) ==
        "58" + name + "000000010000000200000003");
  CHECK(spelled_out("5a0002 5200 00000001 0000000200000003"_hex) ==
        "5a0002" + name + "000000010000000200000003");
  CHECK(spelled_out("78 5200 0000000000000001 00000002"_hex) ==
        "78" + name + "000000000000000100000002");
  CHECK(spelled_out("71 5200 5200 6103"_hex) == "71" + name + name + "6103");
  CHECK(spelled_out("7400000001 5200 5200"_hex) == "7400000001" + name + name);
  // What looks like a number inside a value of another kind is none.
  CHECK(spelled_out("6d00000002 5200"_hex) == "6d000000025200");
  CHECK(spelled_out("6b0002 5200"_hex) == "6b00025200");
}

TEST_CASE("the sizes of funs around a spelled out atom grow with it, however they are nested") {
  const byte_string name = bytes_of(119, static_cast<int>(sample_refs()[0].text().size()),
                                    std::string(sample_refs()[0].text()));
  const byte_string number = "5200"_hex;
  const byte_string two = bytes_of("6802"_hex, fun_of(number, number, number),
                                   fun_of(number, number, fun_of(number, number, number)));
  const byte_string two_spelled =
      bytes_of("6802"_hex, fun_of(name, name, name), fun_of(name, name, fun_of(name, name, name)));
  CHECK(spelled_out(two) == to_hex(two_spelled));
}

TEST_CASE("what is no term, cut short, or names an atom that is not there fails") {
  CHECK(spelled_out("00"_hex) == code_text(errc::unknown_tag));
  CHECK(spelled_out("52ff"_hex) == code_text(errc::bad_atom_cache_ref));
  CHECK(spelled_out("58 52ff 000000010000000200000003"_hex) == code_text(errc::bad_atom_cache_ref));
  for (const wire_sample& sample : wire_samples()) {
    const byte_string whole = sample.bytes;
    for (std::size_t size = 1; size < whole.size(); ++size) {
      byte_buffer out;
      writer w(out);
      w.write_encoded(bytes_view(whole).first(size), sample_refs());
      const auto cut = term::decode_bare(bytes_view(whole).first(size), {}, sample_refs());
      CHECK((!w.ok() || out.size() >= size || !cut));
    }
  }
}

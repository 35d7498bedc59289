#include <beamnode/etf/external.hpp>
#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include "support/deep.hpp"
#include "unit/etf/wire_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

errc code_of(const byte_string& bytes, const limits& bounds = {}) {
  const result<std::size_t> checked = validate(bytes, bounds, sample_refs());
  return checked ? errc::none : checked.error().code();
}
std::string message_of(const byte_string& bytes) {
  return validate(bytes, {}, sample_refs()).error().message();
}

byte_string repeat(const byte_string& bytes, std::size_t times) {
  byte_string all;
  all.reserve(bytes.size() * times);
  for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), bytes.begin(), bytes.end());
  return all;
}

const byte_string pid_bytes = "58 7703614062 00000001 00000002 00000003"_hex;

byte_string fun(const byte_string& arity_and_uniq, const byte_string& fields) {
  return bytes_of(112, "00000000"_hex, arity_and_uniq, fields);
}

byte_string fun_with(const byte_string& free_count, const byte_string& module,
                     const byte_string& old_index, const byte_string& old_uniq,
                     const byte_string& creator, const byte_string& free_variables = {}) {
  return fun(bytes_of(2, byte_string(16)), bytes_of("00000001"_hex, free_count, module, old_index,
                                                    old_uniq, creator, free_variables));
}

}  // namespace

TEST_CASE("every sample is valid to its last byte, whatever follows it") {
  for (const wire_sample& sample : wire_samples()) {
    CAPTURE(sample.name);
    const byte_string bytes = bytes_of(sample.bytes, "ffff"_hex);
    const result<std::size_t> checked = validate(bytes, {}, sample_refs());
    CHECK(checked.has_value());
    if (checked) CHECK(*checked == sample.bytes.size());
  }
}

TEST_CASE("every sample cut at every byte is truncated") {
  for (const wire_sample& sample : wire_samples()) {
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      CAPTURE(sample.name);
      CAPTURE(size);
      const byte_string cut(sample.bytes.begin(),
                            sample.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(code_of(cut) == errc::truncated);
      CHECK(code_of(cut, {.depth = 1}) != errc::none);
    }
  }
}

TEST_CASE("the same holds where limits are counted") {
  const limits counted{.depth = 10, .elements = 100};
  for (const wire_sample& sample : wire_samples()) {
    CAPTURE(sample.name);
    const byte_string bytes = bytes_of(sample.bytes, byte_string(200));
    const result<std::size_t> checked = validate(bytes, counted, sample_refs());
    CHECK(checked.has_value());
    if (checked) CHECK(*checked == sample.bytes.size());
  }
}

TEST_CASE("nothing is not a term") {
  CHECK(code_of({}) == errc::truncated);
  CHECK(validate(bytes_view{}).error().message() == "the input ends inside a value (byte 0)");
}

TEST_CASE("the failing value is named by its place") {
  CHECK(message_of("6803 6101 77026f6b 00"_hex) == "this byte begins no term (byte 8)");
  CHECK(message_of("6802 6101 7703ffffff"_hex) == "the text is not valid UTF-8 (byte 4)");
  CHECK(message_of("6802 6101 6dffffffff"_hex) == "the input ends inside a value (byte 4)");
}

TEST_CASE("unknown and refused tags") {
  CHECK(code_of("00"_hex) == errc::unknown_tag);
  CHECK(code_of("ff"_hex) == errc::unknown_tag);
  CHECK(code_of("6801 836101"_hex) == errc::unknown_tag);
  CHECK(code_of("6801 75"_hex) == errc::refused_tag);
  CHECK(code_of("6801 7900000000"_hex) == errc::refused_tag);
  CHECK(code_of("6801 5000000000"_hex) == errc::refused_tag);
}

TEST_CASE("atoms are UTF-8 of at most 255 characters") {
  CHECK(code_of(bytes_of(119, 2, "c328"_hex)) == errc::invalid_utf8);
  CHECK(code_of(bytes_of(119, 3, "eda080"_hex)) == errc::invalid_utf8);
  CHECK(code_of(bytes_of(119, 10, "123456789", 0xff)) == errc::invalid_utf8);
  CHECK(code_of(bytes_of(118, 1, 0, byte_string(256, 'x'))) == errc::atom_too_long);
  CHECK(code_of(bytes_of(100, 1, 0, byte_string(256, 0xe9))) == errc::atom_too_long);
  CHECK(code_of(bytes_of(118, 1, 254, repeat("c3a9"_hex, 255))) == errc::none);
  CHECK(code_of(bytes_of(118, 2, 0, repeat("c3a9"_hex, 256))) == errc::atom_too_long);
  CHECK(code_of(bytes_of(118, 3, 252, repeat("f09f92a9"_hex, 255))) == errc::none);
  CHECK(code_of(bytes_of(118, 4, 0, repeat("f09f92a9"_hex, 256))) == errc::atom_too_long);
  CHECK(code_of(bytes_of(115, 255, byte_string(255, 0xff))) == errc::none);
}

TEST_CASE("ATOM_CACHE_REF names an atom of the message's header") {
  CHECK(code_of("5200"_hex) == errc::none);
  CHECK(code_of("5201"_hex) == errc::bad_atom_cache_ref);
  CHECK(validate("5200"_hex).error().code() == errc::bad_atom_cache_ref);
  CHECK(code_of("58 5201 000000010000000200000003"_hex) == errc::bad_atom_cache_ref);
}

TEST_CASE("floats are finite numbers") {
  CHECK(code_of("467ff0000000000000"_hex) == errc::bad_float);
  CHECK(code_of("46fff8000000000000"_hex) == errc::bad_float);
  CHECK(code_of("467fefffffffffffff"_hex) == errc::none);
  CHECK(code_of(bytes_of(99, "1.5e400", byte_string(24))) == errc::bad_float);
  CHECK(code_of(bytes_of(99, "nan", byte_string(28))) == errc::bad_float);
}

TEST_CASE("bit strings have 1 to 8 bits in a last byte that is there") {
  CHECK(code_of("4d0000000100ff"_hex) == errc::bad_bits);
  CHECK(code_of("4d0000000109ff"_hex) == errc::bad_bits);
  CHECK(code_of("4d0000000001"_hex) == errc::bad_bits);
  CHECK(code_of("4d0000000108ff"_hex) == errc::none);
}

TEST_CASE("integers no VM holds and tuples beyond the format's maximum are too large") {
  CHECK(code_of("6f00800001 00 01"_hex) == errc::too_large);
  CHECK(code_of("6f00800000 00 01"_hex) == errc::truncated);
  CHECK(code_of("6901000000 6a"_hex) == errc::too_large);
}

TEST_CASE("identifiers are checked as readers check them") {
  CHECK(code_of("67 7703614062 00000001 00000002 04"_hex) == errc::bad_identifier);
  CHECK(code_of("66 7703614062 00000001 04"_hex) == errc::bad_identifier);
  CHECK(code_of("65 7703614062 00000001 04"_hex) == errc::bad_identifier);
  CHECK(code_of("65 7703614062 00040000 01"_hex) == errc::bad_identifier);
  CHECK(code_of("720001 7703614062 04 00000001"_hex) == errc::bad_identifier);
  CHECK(code_of("720002 7703614062 01 00040000 00000000"_hex) == errc::bad_identifier);
  CHECK(code_of("720000 7703614062 01"_hex) == errc::none);
  CHECK(code_of(bytes_of("5a0006 7703614062 00000007"_hex, byte_string(24))) ==
        errc::bad_identifier);
  CHECK(code_of("58 6101 00000001 00000002 00000003"_hex) == errc::bad_identifier);
  CHECK(code_of("58 7701ff 00000001 00000002 00000003"_hex) == errc::invalid_utf8);
}

TEST_CASE("an exported fun has two atoms and an arity of one byte") {
  CHECK(code_of("71 77016d 770166 61ff"_hex) == errc::none);
  CHECK(code_of("71 77016d 770166 6200000002"_hex) == errc::none);
  CHECK(code_of("71 77016d 770166 6200000100"_hex) == errc::bad_fun);
  CHECK(code_of("71 77016d 770166 62ffffffff"_hex) == errc::bad_fun);
  CHECK(code_of("71 77016d 770166 77016d"_hex) == errc::bad_fun);
  CHECK(code_of("71 77016d 6101 6101"_hex) == errc::bad_fun);
  CHECK(code_of("71 6101 77016d 6101"_hex) == errc::bad_fun);
}

TEST_CASE("a fun's fields are what they must be") {
  const byte_string none = "00000000"_hex;
  const byte_string m = "77016d"_hex;
  const byte_string one = "6101"_hex;
  CHECK(code_of(fun_with(none, m, one, one, pid_bytes)) == errc::none);
  CHECK(code_of(fun_with(none, m, "6e050001020304 05"_hex, "62ffffffff"_hex, pid_bytes)) ==
        errc::none);
  CHECK(code_of(fun_with(none, m, one, one, "67 7703614062 0000000100000002 03"_hex)) ==
        errc::none);
  CHECK(code_of(fun_with(none, one, one, one, pid_bytes)) == errc::bad_fun);
  CHECK(code_of(fun_with(none, m, m, one, pid_bytes)) == errc::bad_fun);
  CHECK(code_of(fun_with(none, m, one, m, pid_bytes)) == errc::bad_fun);
  CHECK(code_of(fun_with(none, m, one, "6e0900010203040506070809"_hex, pid_bytes)) ==
        errc::bad_fun);
  CHECK(code_of(fun_with(none, m, one, one, one)) == errc::bad_fun);
  CHECK(code_of(fun_with(none, m, one, one, "67 7703614062 0000000100000002 04"_hex)) ==
        errc::bad_identifier);
  CHECK(code_of(fun_with("000000ff"_hex, m, one, one, pid_bytes, byte_string(255, 106))) ==
        errc::none);
  CHECK(code_of(fun_with("00000100"_hex, m, one, one, pid_bytes, byte_string(256, 106))) ==
        errc::bad_fun);
  CHECK(code_of(fun_with("00000001"_hex, m, one, one, pid_bytes, "00"_hex)) == errc::unknown_tag);
}

TEST_CASE("a record has atoms for names and no unknown flags") {
  CHECK(code_of("4300000001 00 77016d 77016e 770166 6101"_hex) == errc::none);
  CHECK(code_of("4300000000 01 77016d 77016e"_hex) == errc::none);
  CHECK(code_of("4300000001 02 77016d 77016e 770166 6101"_hex) == errc::bad_record);
  CHECK(code_of("4300000001 01 6101 77016e 770166 6101"_hex) == errc::bad_record);
  CHECK(code_of("4300000001 01 77016d 6101 770166 6101"_hex) == errc::bad_record);
  CHECK(code_of("4300000001 01 77016d 77016e 6101 6101"_hex) == errc::bad_record);
  CHECK(code_of("4300000001 01 77016d 77016e 770166 ff"_hex) == errc::unknown_tag);
}

TEST_CASE("counts that the input cannot hold are truncated terms") {
  for (const auto& bytes :
       {"69ffffff00 6a6a"_hex, "6900ffffff 6a6a"_hex, "6cffffffff 6a6a6a"_hex,
        "74ffffffff 6a6a"_hex, "7480000000 6a6a"_hex, "6dffffffff 6a6a"_hex,
        "4dffffffff 08 6a6a"_hex, "6bffff 6a6a"_hex, "6f007fffff 00 6a6a"_hex, "6eff00 6a"_hex,
        "68ff 6a6a"_hex, "77ff 6a6a"_hex, "64000a 6a"_hex, "43ffffffff 01 77016d 77016e"_hex,
        "437fffffff 01 77016d 77016e 77016e"_hex}) {
    CAPTURE(to_hex(bytes));
    const errc code = code_of(bytes);
    CHECK((code == errc::truncated || code == errc::too_large));
  }
}

TEST_CASE("ten million levels of any container are checked without recursion") {
  constexpr std::size_t levels = deep_levels;
  for (const byte_string& bytes :
       {bytes_of(repeat("6801"_hex, levels), "6a"_hex),
        bytes_of(repeat("6c00000001"_hex, levels), byte_string(levels + 1, 106)),
        bytes_of(repeat("6c000000016a"_hex, levels), "6a"_hex),
        bytes_of(repeat("6c00000000"_hex, levels), "6a"_hex),
        bytes_of(repeat("7400000001"_hex, levels), byte_string(levels + 1, 106))}) {
    const result<std::size_t> checked = validate(bytes);
    CHECK(checked.has_value());
    if (checked) CHECK(*checked == bytes.size());
    CHECK(code_of(byte_string(bytes.begin(), bytes.end() - 1)) == errc::truncated);
  }
}

TEST_CASE("depth counts the containers around a value") {
  const byte_string filler(100);
  const auto at_depth = [&](const byte_string& bytes, std::size_t depth) {
    return code_of(bytes_of(bytes, filler), {.depth = depth});
  };
  CHECK(at_depth("6107"_hex, 0) == errc::none);
  CHECK(at_depth("6800"_hex, 0) == errc::none);
  CHECK(at_depth("6801 6107"_hex, 0) == errc::too_deep);
  CHECK(at_depth("6801 6107"_hex, 1) == errc::none);
  CHECK(at_depth("6801 6801 6107"_hex, 1) == errc::too_deep);
  CHECK(at_depth("6801 6801 6107"_hex, 2) == errc::none);
  CHECK(at_depth("7400000001 6801 6107 6a"_hex, 1) == errc::too_deep);
  CHECK(at_depth("6c00000001 6c00000001 6107 6a 6a"_hex, 1) == errc::too_deep);
  CHECK(at_depth("6802 6801 6107 6801 6801 6107"_hex, 2) == errc::too_deep);
  CHECK(at_depth("6802 6801 6107 6801 6107"_hex, 2) == errc::none);
  CHECK(at_depth(bytes_of("6801"_hex, fun_with("00000001"_hex, "77016d"_hex, "6101"_hex, "6101"_hex,
                                               pid_bytes, "6107"_hex)),
                 1) == errc::too_deep);
  CHECK(at_depth("4300000001 00 77016d 77016e 770166 6801 6107"_hex, 1) == errc::too_deep);
}

TEST_CASE("a list that goes on in its tail gets no deeper") {
  const byte_string chain = bytes_of(repeat("6c00000001 6107"_hex, 50), "6a"_hex, byte_string(100));
  CHECK(code_of(chain, {.depth = 1}) == errc::none);
  CHECK(code_of(bytes_of(repeat("6c00000000"_hex, 50), "6a"_hex), {.depth = 1}) == errc::none);
  CHECK(code_of(bytes_of("6c00000001 6107 6801 6107"_hex, byte_string(9)), {.depth = 1}) ==
        errc::none);
}

TEST_CASE("a list of no elements counts for nothing but its tail, as in decoding") {
  const byte_string inside = bytes_of("6801 6c00000000 6107"_hex, byte_string(100));
  CHECK(code_of(inside, {.depth = 1}) == errc::none);
  CHECK(code_of(inside, {.elements = 2}) == errc::none);
  CHECK(code_of(bytes_of("6c00000000 6801 6107"_hex, byte_string(100)), {.depth = 0}) ==
        errc::too_deep);
  // Found by fuzzing.
  CHECK(code_of(bytes_of("6802 6c00000003 6b00020102 6b00020383 6802 770161 6c00000000 77012d"_hex,
                         "6268652567 6a 46800000"_hex),
                {.depth = 3, .elements = 20}) == errc::none);
}

TEST_CASE("limits on depth hold for ten million levels, too") {
  const byte_string bytes = bytes_of(repeat("6801"_hex, deep_levels), "6a"_hex);
  CHECK(code_of(bytes, {.depth = deep_levels - 1}) == errc::too_deep);
  CHECK(code_of(bytes, {.depth = deep_levels}) == errc::none);
}

TEST_CASE("elements are counted, those of strings too") {
  const byte_string filler(100);
  const auto with = [&](const byte_string& bytes, std::size_t elements) {
    return code_of(bytes_of(bytes, filler), {.elements = elements});
  };
  CHECK(with("6802 6101 6102"_hex, 3) == errc::none);
  CHECK(with("6802 6101 6102"_hex, 2) == errc::too_large);
  CHECK(with("6801 6801 6801 6a"_hex, 3) == errc::too_large);
  CHECK(with("6b0005 0102030405"_hex, 5) == errc::too_large);
  CHECK(with("6b0005 0102030405"_hex, 6) == errc::none);
  CHECK(with("7400000002 6101 6a 6102 6a"_hex, 4) == errc::too_large);
  CHECK(with("7400000002 6101 6a 6102 6a"_hex, 5) == errc::none);
}

TEST_CASE("only names that the process lacks count as new atoms") {
  byte_string bytes = "6806"_hex;
  for (const char* name : {"unheard_1", "unheard_2", "unheard_1", "unheard_2"}) {
    bytes = bytes_of(bytes, 119, 9, name);
  }
  const atom known("heard_1");
  bytes = bytes_of(bytes, 119, 7, "heard_1", 115, 7, "heard_1");
  const std::size_t before = atom::count();
  CHECK(code_of(bytes, {.new_atoms = 1}) == errc::too_many_atoms);
  CHECK(code_of(bytes, {.new_atoms = 2}) == errc::none);
  CHECK(atom::count() == before);
  CHECK(code_of("5200"_hex, {.new_atoms = 0}) == errc::none);
}

TEST_CASE("a new name counts once, in Latin-1 and in UTF-8") {
  const byte_string bytes =
      bytes_of("6802"_hex, 115, 3, "n", 0xe9, "w", 119, 4, "n", "c3a9"_hex, "w");
  CHECK(code_of(bytes, {.new_atoms = 1}) == errc::none);
  CHECK(code_of(bytes, {.new_atoms = 0}) == errc::too_many_atoms);
}

TEST_CASE("what validate accepts, skip passes over to the same end") {
  std::uint64_t state = 1181783497276652981U;
  const auto next = [&state] {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return state;
  };
  int accepted = 0;
  for (int round = 0; round < 40'000; ++round) {
    byte_string bytes = wire_samples()[next() % wire_samples().size()].bytes;
    for (std::uint64_t changes = next() % 4; changes != 0; --changes) {
      bytes[next() % bytes.size()] = static_cast<std::uint8_t>(next());
    }
    const result<std::size_t> checked = validate(bytes, {}, sample_refs());
    if (!checked) continue;
    ++accepted;
    reader r{bytes, sample_refs()};
    CAPTURE(to_hex(bytes));
    CHECK(r.skip().size() == *checked);
  }
  CHECK(accepted > 1000);
}

// Any bytes: validation, skipping and decoding agree with one another, and memory is bounded.
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/term.hpp>

#include "fuzzing.hpp"
#include "heap_meter.hpp"

using namespace beamnode::etf;
using namespace beamnode::fuzz;

namespace {

/// A block begins with up to this much.
constexpr std::size_t fixed_costs = 1000;

bool only_decoding_tells(errc code) {
  return code == errc::duplicate_key || code == errc::bad_record;
}

void check_error(const error& failure, std::size_t size) {
  FUZZ_CHECK(failure.code() != errc::none);
  FUZZ_CHECK(failure.offset() <= size);
  FUZZ_CHECK(!failure.message().empty());
}

void check_bare(bytes_view bare) {
  const limits limit = bounds();
  const auto& atoms = cached_atoms();
  const result<std::size_t> valid = validate(bare, limit, atoms);

  std::size_t consumed = 0;
  const result<term> value = term::decode_bare(bare, limit, atoms, &consumed);
  {
    // Once more: the atom table, which is no part of a term, has grown already.
    const heap_meter meter;
    const result<term> same = term::decode_bare(bare, limit, atoms, &consumed);
    FUZZ_CHECK(meter.peak() <= 40 * bare.size() + fixed_costs);
  }

  if (!valid) {
    check_error(valid.error(), bare.size());
    FUZZ_CHECK(!value);
    check_error(value.error(), bare.size());
    return;
  }
  FUZZ_CHECK(*valid <= bare.size());
  FUZZ_CHECK(value.has_value() || only_decoding_tells(value.error().code()));
  FUZZ_CHECK(!value || consumed == *valid);

  reader in(bare, atoms);
  FUZZ_CHECK(in.skip().size() == *valid);

  // The same bytes and nothing behind them.
  const result<term> alone = term::decode_bare(bare.first(*valid), limit, atoms);
  FUZZ_CHECK(alone.has_value() == value.has_value());
  FUZZ_CHECK(!value || *alone == *value);

  // Tighter limits are kept by both.
  const limits tight{.depth = 3, .elements = 20, .new_atoms = 0};
  const result<std::size_t> tight_valid = validate(bare, tight, atoms);
  const result<term> tight_value = term::decode_bare(bare, tight, atoms, &consumed);
  if (tight_valid) {
    FUZZ_CHECK(tight_value.has_value() || only_decoding_tells(tight_value.error().code()));
  } else {
    FUZZ_CHECK(!tight_value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view whole{data, size};
  check_bare(whole);
  if (size != 0 && data[0] == version_magic && !is_compressed(whole)) check_bare(whole.subspan(1));

  const result<term> value = term::decode(whole, bounds());
  if (!value) check_error(value.error(), std::max<std::size_t>(size, std::size_t{1} << 20U));
  if (is_compressed(whole)) {
    const result<byte_buffer> bare = inflate(whole, bounds());
    FUZZ_CHECK(bare.has_value() || !value);
    if (bare) check_bare(*bare);
  }
  return 0;
}

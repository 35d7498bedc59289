// Any text as JSON, in both modes: what is read can be written, and is the same when read again.
#include <beamnode/etf/json.hpp>

#include "fuzzing.hpp"

using namespace beamnode::etf;
using namespace beamnode::fuzz;

namespace {

void check(std::string_view text, const json_options& options) {
  const result<term> value = from_json(text, options);
  if (!value) {
    FUZZ_CHECK(value.error().code() != errc::none);
    FUZZ_CHECK(value.error().offset() <= text.size());
    FUZZ_CHECK(!value.error().message().empty());
    return;
  }
  FUZZ_CHECK(term::decode(value->encode()).has_value());
  const result<std::string> written = to_json(*value, options);
  FUZZ_CHECK(written.has_value());
  const result<term> again = from_json(*written, options);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *value);
}

/// Every term has a lossless text.
void check_term(const term& value) {
  const json_options lossless{.lossless = true};
  const result<std::string> text = to_json(value, lossless);
  FUZZ_CHECK(text.has_value());
  const result<term> again = from_json(*text, lossless);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == value);

  const result<std::string> plain = to_json(value);
  FUZZ_CHECK(!plain || from_json(*plain).has_value() ||
             from_json(*plain).error().code() == errc::duplicate_key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view input{data, size};
  check(as_text(input), {.bounds = bounds()});
  check(as_text(input), {.lossless = true, .bounds = bounds()});
  const result<term> value = term::decode(input, bounds());
  if (value) check_term(*value);
  return 0;
}

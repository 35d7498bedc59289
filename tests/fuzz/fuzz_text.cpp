// Any text: parsing ends in a term or an error, and a term's own text is parsed to that term.
#include <beamnode/etf/parse.hpp>
#include <beamnode/etf/text.hpp>

#include "fuzzing.hpp"

using namespace beamnode::etf;
using namespace beamnode::fuzz;

namespace {

bool is_readable(const std::string& text) {
  // Identifiers and local funs mean something on one node only. Quoted text may look like them.
  return text.find("#Pid<") == std::string::npos && text.find("#Port<") == std::string::npos &&
         text.find("#Ref<") == std::string::npos && text.find("#Fun<") == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const result<term> value = parse_term(text, bounds());
  if (!value) {
    FUZZ_CHECK(value.error().code() != errc::none);
    FUZZ_CHECK(value.error().offset() <= size);
    FUZZ_CHECK(!value.error().message().empty());
    return 0;
  }
  const result<term> decoded = term::decode(value->encode());
  FUZZ_CHECK(decoded.has_value());
  FUZZ_CHECK(*decoded == *value);

  const std::string printed = value->to_string();
  if (!is_readable(printed)) return 0;
  const result<term> again = parse_term(printed);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *value);
  FUZZ_CHECK(again->to_string() == printed);
  return 0;
}

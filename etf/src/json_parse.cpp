// The parser's events, so that nothing of its library is seen elsewhere. It does not recurse.
#include <beamnode/etf/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "json_read.hpp"
#include "utf8.hpp"

namespace beamnode::etf {
namespace {

// With long double the parser takes integers of 4,900 digits, which double makes infinite.
using parser = nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t,
                                    std::uint64_t, long double>;

/// What the library says, without its codes, and without what it read if that was long.
std::string sentence_of(std::string_view said) {
  constexpr std::size_t max_characters = 120;
  const std::size_t codes = said.find("] ");
  if (codes != std::string_view::npos) said.remove_prefix(codes + 2);
  for (const std::string_view prefix : {"parse error at ", "parse error"}) {
    if (said.starts_with(prefix)) said.remove_prefix(prefix.size());
  }
  std::string sentence;
  for (std::size_t i = 0; !said.empty() && i < max_characters; ++i) {
    const std::uint32_t c = utf8::decode_next(said);
    utf8::append(sentence, c == utf8::invalid || c < 0x20 ? std::uint32_t{0xFFFD} : c);
  }
  return said.empty() ? sentence : sentence += "...";
}

class events {
 public:
  explicit events(json_builder& builder) noexcept : builder_(builder) {}

  bool null() { return builder_.on_null(); }
  bool boolean(bool value) { return builder_.on_boolean(value); }
  bool number_integer(std::int64_t value) { return builder_.on_integer(value); }
  bool number_unsigned(std::uint64_t value) { return builder_.on_unsigned(value); }
  bool number_float(long double /*value*/, std::string text) {
    // The library writes the locale's decimal point.
    std::replace(text.begin(), text.end(), ',', '.');
    return builder_.on_number(text);
  }
  bool string(const std::string& text) { return builder_.on_string(text); }
  bool binary(const parser::binary_t& /*never in texts*/) { return false; }
  bool start_object(std::size_t /*size*/) { return builder_.begin_object(); }
  bool key(const std::string& name) { return builder_.on_key(name); }
  bool end_object() { return builder_.end_object(); }
  bool start_array(std::size_t /*size*/) { return builder_.begin_array(); }
  bool end_array() { return builder_.end_array(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& why) {
    builder_.fail_parsing(position == 0 ? 0 : position - 1, sentence_of(why.what()));
    return false;
  }

 private:
  json_builder& builder_;
};

}  // namespace

result<term> from_json(std::string_view text, const json_options& options) {
  json_builder builder{options};
  events to{builder};
  parser::sax_parse(text.begin(), text.end(), &to);
  if (!builder.ok()) return builder.failure();
  return builder.take();
}

}  // namespace beamnode::etf

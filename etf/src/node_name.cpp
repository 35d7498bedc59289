#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/node_name.hpp>

#include <algorithm>

#include "utf8.hpp"

namespace beamnode::etf {
namespace {

error refuse(std::string_view why) {
  return error{errc::wrong_value, 0, std::string("a node name ").append(why)};
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
}

}  // namespace

result<node_name> node_name::parse(std::string_view full) {
  const std::optional<std::size_t> characters = utf8::count_characters(full);
  if (!characters) return refuse("must be valid UTF-8");
  if (*characters > atom::max_characters) return refuse("has at most 255 characters");
  if (std::ranges::any_of(full, is_control)) return refuse("has no control characters");
  const auto signs = std::ranges::count(full, '@');
  if (signs == 0) return refuse("needs an '@' between name and host, as in name@host");
  if (signs > 1) return refuse("has only one '@'");
  const std::size_t at = full.find('@');
  if (at == 0) return refuse("needs a name before its '@'");
  if (at + 1 == full.size()) return refuse("needs a host behind its '@'");
  node_name parsed;
  parsed.full_ = full;
  parsed.at_ = at;
  return parsed;
}

}  // namespace beamnode::etf

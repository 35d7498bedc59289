#include <beamnode/etf/shape.hpp>

#include "quoted.hpp"

namespace beamnode::etf::detail {

std::string key_named(std::string_view name) { return "the key " + quoted(name); }

std::string atom_named(atom name) { return "the atom " + quoted(name.text()); }

// "... [with auto Member = &a::b::price; std::string = ...]" or "... [Member = &a::b::price]"
std::string last_name(std::string_view signature) {
  const std::size_t start = signature.find("Member = ");
  if (start == std::string_view::npos) return {};
  signature.remove_prefix(start);
  const std::string_view member = signature.substr(0, signature.find_first_of(";]"));
  const std::size_t colon = member.rfind(':');
  return colon == std::string_view::npos ? std::string() : std::string(member.substr(colon + 1));
}

}  // namespace beamnode::etf::detail

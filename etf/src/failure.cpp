// The sentence of a reader's failure, made from the bytes where it failed.
#include <beamnode/etf/reader.hpp>

#include <string>

#include "atom_name.hpp"
#include "utf8.hpp"

namespace beamnode::etf {
namespace {

constexpr std::size_t max_shown_characters = 40;

std::string quote(std::string_view text) {
  std::string quoted = "'";
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == max_shown_characters) {
      quoted += "...";
      break;
    }
    const std::uint32_t c = utf8::decode_next(text);
    const bool is_printable = c != utf8::invalid && c >= 0x20 && (c < 0x7F || c >= 0xA0);
    utf8::append(quoted, is_printable ? c : std::uint32_t{0xFFFD});
  }
  return quoted += '\'';
}

}  // namespace

std::string reader::describe_failed() const {
  reader at{{failed_at_, end_}, atom_refs_};
  at.pass_empty_list_headers();
  const kind found = at.peek();
  if (found == kind::atom) {
    atom_name name;
    latin1_buffer buffer;
    if (at.scan_atom(name) == errc::none) return "the atom " + quote(name.utf8(buffer));
  }
  if (found == kind::integer) {
    const std::int64_t value = at.read_integer();
    if (at.ok()) return "the integer " + std::to_string(value);
  }
  if (at.starts(tag::bit_binary)) return "a bit string";
  return std::string(name_of(found));
}

error reader::failure() const {
  if (ok()) return {};
  const auto offset = static_cast<std::size_t>(failed_at_ - begin_);
  if (code_ != errc::wrong_type) return error{code_, offset};
  std::string sentence = "expected ";
  sentence += expected_ == kind::none ? "a value of another kind" : name_of(expected_);
  sentence.append(", got ").append(describe_failed());
  sentence.append(" (byte ").append(std::to_string(offset)).append(")");
  return error{code_, offset, std::move(sentence)};
}

}  // namespace beamnode::etf

// The sentence of a reader's failure, made from the bytes where it failed.
#include <beamnode/etf/reader.hpp>

#include <string>

#include "atom_name.hpp"
#include "failure_path.hpp"
#include "quoted.hpp"

namespace beamnode::etf {
namespace {

std::string counted(std::string_view what, std::size_t count, std::string_view unit) {
  std::string text(what);
  text.append(" of ").append(std::to_string(count)).append(" ").append(unit);
  return count == 1 ? text : text += 's';
}

}  // namespace

std::string reader::describe_expected() const {
  if (describe_ != nullptr) return describe_();
  if (which_ != any && expected_ == kind::atom) {
    return "the atom " + quoted(atom::from_index(which_).text());
  }
  if (which_ != any && expected_ == kind::tuple) return counted("a tuple", which_, "element");
  if (expected_ == kind::none) return "a value of another kind";
  return std::string(name_of(expected_));
}

std::string reader::describe_failed() const {
  reader at{{failed_at_, end_}, atom_refs_};
  at.pass_empty_list_headers();
  const kind found = at.peek();
  if (found == kind::atom) {
    atom_name name;
    latin1_buffer buffer;
    if (at.scan_atom(name) == errc::none) return "the atom " + quoted(name.utf8(buffer));
  }
  if (found == kind::integer) {
    const std::int64_t value = at.read_integer();
    if (at.ok()) return "the integer " + std::to_string(value);
  }
  if (found == kind::tuple && code_ == errc::wrong_arity) {
    const std::size_t arity = at.read_tuple();
    if (at.ok()) return counted("a tuple", arity, "element");
  }
  if (found == kind::list && code_ == errc::wrong_value) {
    const std::size_t length = at.read_list().length;
    if (at.ok()) return counted("a list", length, "element");
  }
  if (at.starts(tag::bit_binary)) return "a bit string";
  return std::string(name_of(found));
}

std::string reader::describe_failure() const {
  const bool is_described = describe_ != nullptr || which_ != any;
  switch (code_) {
    case errc::wrong_type: break;
    case errc::wrong_value:
    case errc::wrong_arity:
    case errc::out_of_range:
      if (is_described) break;
      return std::string(name_of(code_));
    case errc::missing_key:
      if (describe_ == nullptr) return std::string(name_of(code_));
      return describe_() + " is missing";
    default: return std::string(name_of(code_));
  }
  return "expected " + describe_expected() + ", got " + describe_failed();
}

error reader::failure() const {
  if (ok()) return {};
  const auto offset = static_cast<std::size_t>(failed_at_ - begin_);
  std::string sentence = describe_failure();
  sentence.append(" (byte ").append(std::to_string(offset)).append(")");
  return error{code_, offset, std::move(sentence),
               failure_path({begin_, end_}, failed_at_, atom_refs_, names_)};
}

void reader::name_elements(const std::uint8_t* at, std::string (*name)(std::size_t index)) const {
  if (names_ != nullptr && !ok()) names_->add({at, failed_at_, name});
}

}  // namespace beamnode::etf

#include <beamnode/etf/error.hpp>

namespace beamnode::etf {

std::string_view name_of(errc code) noexcept {
  switch (code) {
    case errc::none: return "no error";
    case errc::truncated: return "the input ends inside a value";
    case errc::trailing_bytes: return "more bytes follow the term";
    case errc::bad_version: return "the first byte is not the version number 131";
    case errc::unknown_tag: return "this byte begins no term";
    case errc::refused_tag: return "a term with this tag is not allowed here";
    case errc::wrong_type: return "a value of another kind than the one asked for";
    case errc::wrong_value: return "another value than the one asked for";
    case errc::wrong_arity: return "a tuple or record of another size than the one asked for";
    case errc::out_of_range: return "the integer does not fit the type asked for";
    case errc::improper_list: return "the list does not end with []";
    case errc::invalid_utf8: return "the text is not valid UTF-8";
    case errc::atom_too_long: return "the atom has more than 255 characters";
    case errc::too_many_atoms: return "no more atoms may be created";
    case errc::bad_atom_cache_ref: return "the message's header has no atom with this number";
    case errc::bad_float: return "the float is not a finite number";
    case errc::bad_bits: return "the bit string has an impossible number of bits";
    case errc::bad_identifier: return "the pid, port or reference has impossible numbers";
    case errc::bad_fun: return "the fun is malformed";
    case errc::bad_record: return "the record is malformed";
    case errc::duplicate_key: return "the map has the same key twice";
    case errc::missing_key: return "a key that the type needs is missing";
    case errc::bad_json: return "the text is no JSON";
    case errc::unknown_atom: return "the process has no atom of this name";
    case errc::too_deep: return "the term is nested too deeply";
    case errc::too_large: return "the term has too many elements";
    case errc::inflated_too_large: return "the compressed term would inflate to too many bytes";
    case errc::bad_compression: return "the compressed term is damaged";
    case errc::bad_text: return "the text is no Erlang term";
  }
  return "unknown error";
}

std::string error::message() const {
  std::string sentence;
  if (!path_.empty()) sentence.append("at ").append(path_).append(": ");
  if (!detail_.empty()) return sentence += detail_;
  sentence += name_of(code_);
  return sentence.append(" (byte ").append(std::to_string(offset_)).append(")");
}

}  // namespace beamnode::etf

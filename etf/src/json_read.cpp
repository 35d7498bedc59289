#include "json_read.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "failure_path.hpp"
#include "quoted.hpp"

namespace beamnode::etf {

bool json_builder::fail(errc code, std::string sentence) {
  if (!ok()) return false;
  code_ = code;
  sentence_ = sentence.empty() ? std::string(name_of(code)) : std::move(sentence);
  path_ = path();
  return false;
}

void json_builder::fail_parsing(std::size_t offset, std::string_view why) {
  offset_ = offset;
  std::string sentence = "the text is no JSON: ";
  sentence.append(why).append(" (byte ").append(std::to_string(offset)).append(")");
  fail(errc::bad_json, std::move(sentence));
}

error json_builder::failure() const { return error{code_, offset_, sentence_, path_}; }

result<term> json_builder::take() const {
  result<term> value = term::decode_bare(bytes_, options_.bounds);
  if (value) return value;
  // Offsets in bytes that nobody sees would mislead.
  const error& why = value.error();
  return error{why.code(), 0, std::string(name_of(why.code())), why.path()};
}

std::string json_builder::path() const {
  path_builder path{open_.size()};
  for (const unfinished& in : open_) {
    if (!path.next()) continue;
    if (in.what == part::map) {
      if (in.count != 0) path.append_key(reader{bytes_.view().subspan(in.key)});
    } else if (in.what == part::marked) {
      path.append_text("[\"" + std::string(json_text::name_of(in.as)) + "\"]");
    } else if (in.count != 0) {
      path.append_index(in.count - 1);
    }
  }
  return std::move(path).take();
}

bool json_builder::begin_value(bool is_array) {
  if (!ok()) return false;
  if (++values_ > options_.bounds.elements) return fail(errc::too_large);
  if (open_.empty()) return true;
  unfinished& in = open_.back();
  switch (in.what) {
    case part::map: return true;
    case part::marked:
      switch (in.as) {
        case mark::tuple:
        case mark::list:
        case mark::map:
        case mark::record: return is_array || fail(errc::wrong_type, "this takes an array");
        default: return true;
      }
    case part::improper:
      ++in.count;
      if (in.count > 2) return fail(errc::wrong_arity, "$list takes an array and a tail");
      return in.count == 2 || is_array || fail(errc::wrong_type, "$list takes an array first");
    case part::pairs:
      ++in.count;
      return is_array || fail(errc::wrong_type, "$map takes arrays of a key and a value");
    case part::pair:
      ++in.count;
      return in.count <= 2 || fail(errc::wrong_arity, "$map takes arrays of a key and a value");
    case part::record: return begin_value_of_record(is_array);
    case part::names:
      ++in.count;
      return !is_array || fail(errc::wrong_type, "the name of a field is a string");
    default: ++in.count; return true;
  }
}

bool json_builder::begin_value_of_record(bool is_array) {
  const std::uint32_t count = ++open_.back().count;
  if (count > 5 || is_array != (count > 3)) {
    return fail(errc::bad_record,
                "$record takes true or false, two names, an array of names and one of values");
  }
  return true;
}

json_builder::part json_builder::part_of_array() const noexcept {
  if (open_.empty()) return part::list;
  const unfinished& in = open_.back();
  switch (in.what) {
    case part::marked:
      switch (in.as) {
        case mark::tuple: return part::tuple;
        case mark::list: return part::improper;
        case mark::map: return part::pairs;
        case mark::record: return part::record;
        default: return part::list;
      }
    case part::improper: return in.count == 1 ? part::improper_head : part::list;
    case part::pairs: return part::pair;
    case part::record: return in.count == 4 ? part::names : part::values;
    default: return part::list;
  }
}

void json_builder::open(part what, tag header, std::size_t header_size) {
  open_.push_back({.start = bytes_.size(), .what = what});
  std::uint8_t* const to = bytes_.extend(header_size);
  std::fill_n(to, header_size, std::uint8_t{0});
  *to = static_cast<std::uint8_t>(header);
}

void json_builder::store_count(const unfinished& of) {
  store_big(bytes_.data() + of.start + 1, of.count);
}

bool json_builder::begin_array() {
  if (!begin_value(true)) return false;
  if (open_.size() >= options_.bounds.depth) return fail(errc::too_deep);
  switch (const part what = part_of_array(); what) {
    case part::tuple: open(what, tag::large_tuple); break;
    case part::pairs: open(what, tag::map); break;
    case part::record: open(what, tag::record, 6); break;
    case part::list:
    case part::improper_head: open(what, tag::list); break;
    default: open_.push_back({.start = bytes_.size(), .what = what});
  }
  return true;
}

bool json_builder::end_array() {
  if (!ok()) return false;
  const unfinished in = open_.back();
  switch (in.what) {
    case part::list:
      if (in.count == 0) {
        bytes_.truncate(in.start);
      } else {
        store_count(in);
      }
      out_.write_nil();
      break;
    case part::tuple:
    case part::pairs:
    case part::improper_head: store_count(in); break;
    case part::improper:
      if (in.count != 2) return fail(errc::wrong_arity, "$list takes an array and a tail");
      break;
    case part::pair:
      if (in.count != 2) {
        return fail(errc::wrong_arity, "$map takes arrays of a key and a value");
      }
      break;
    case part::names: open_[open_.size() - 2].key = in.count; break;
    case part::values: {
      const unfinished& record = open_[open_.size() - 2];
      if (in.count != record.key) {
        return fail(errc::bad_record, "a record has as many names as values");
      }
      store_big(bytes_.data() + record.start + 1, in.count);
      break;
    }
    case part::record:
      if (in.count != 5) {
        return fail(errc::bad_record,
                    "$record takes true or false, two names, an array of names and one of values");
      }
      break;
    default: break;
  }
  open_.pop_back();
  return true;
}

bool json_builder::begin_object() {
  if (!begin_value(false)) return false;
  if (open_.size() >= options_.bounds.depth) return fail(errc::too_deep);
  if (!open_.empty()) {
    const unfinished& in = open_.back();
    if (in.what == part::names || (in.what == part::record && in.count <= 3)) {
      return fail(errc::bad_record, "an object stands where a record has a name");
    }
  }
  open(part::map, tag::map);
  return true;
}

bool json_builder::on_key(std::string_view key) {
  if (!ok()) return false;
  unfinished& in = open_.back();
  if (in.what == part::marked) {
    return fail(errc::wrong_value, "nothing else stands beside a key that begins with $");
  }
  if (options_.lossless && in.count == 0 && key.starts_with('$')) {
    in.as = json_text::mark_of(key);
    if (in.as == mark::none) {
      return fail(errc::wrong_value, "the key " + quoted(key) + " means nothing");
    }
    in.what = part::marked;
    bytes_.truncate(in.start);
    return true;
  }
  in.key = bytes_.size();
  ++in.count;
  if (options_.lossless || options_.keys == json_keys::binaries) {
    out_.write_text(key);
    return true;
  }
  if (const std::optional<atom> known = atom::find(key)) {
    out_.write_atom(*known);
    return true;
  }
  --in.count;
  return fail(errc::unknown_atom, "the process has no atom " + quoted(key));
}

bool json_builder::end_object() {
  if (!ok()) return false;
  const unfinished in = open_.back();
  if (in.what == part::marked) {
    if (!rewrite(in)) return false;
  } else {
    store_count(in);
  }
  open_.pop_back();
  return true;
}

bool json_builder::on_null() {
  if (!begin_value(false)) return false;
  if (!open_.empty() && (open_.back().what == part::record || open_.back().what == part::names)) {
    return fail(errc::bad_record, "null stands where a record has a name");
  }
  out_.write_atom(options_.null);
  return true;
}

bool json_builder::on_boolean(bool value) {
  if (!begin_value(false)) return false;
  if (!open_.empty() && open_.back().what == part::record && open_.back().count == 1) {
    bytes_.data()[open_.back().start + 5] = value ? 1 : 0;
  } else {
    out_.write_atom(atom(value ? "true" : "false"));
  }
  return true;
}

bool json_builder::on_integer(std::int64_t value) {
  if (!begin_value(false)) return false;
  out_.write_integer(value);
  return true;
}

bool json_builder::on_unsigned(std::uint64_t value) {
  if (!begin_value(false)) return false;
  out_.write_unsigned(value);
  return true;
}

bool json_builder::on_number(std::string_view text) {
  if (!begin_value(false)) return false;
  if (text.find_first_of(".eE") == std::string_view::npos) {
    const result<big_integer> value = big_integer::parse(text);
    if (!value) return fail(value.error().code(), value.error().message());
    value->write_to(out_);
    return true;
  }
  double value = 0;
  const std::errc code = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  if (code == std::errc::result_out_of_range) {
    // Too close to zero is zero; too far from it is nothing.
    const std::size_t exponent = text.find_first_of("eE");
    const bool is_small =
        exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
    if (!is_small) return fail(errc::out_of_range, "no float holds the number " + quoted(text));
    value = text.starts_with('-') ? -0.0 : 0.0;
  }
  out_.write_float(value);
  return true;
}

bool json_builder::on_string(std::string_view text) {
  if (!begin_value(false)) return false;
  if (!open_.empty()) {
    const unfinished& in = open_.back();
    if (in.what == part::names || (in.what == part::record && in.count > 1)) {
      write_atom_text(text);
      return ok();
    }
  }
  out_.write_text(text);
  return ok();
}

void json_builder::write_atom_text(std::string_view text) {
  if (text.size() > atom::max_bytes) {
    fail(errc::atom_too_long);
    return;
  }
  put(static_cast<std::uint8_t>(tag::atom_utf8));
  put_number(static_cast<std::uint16_t>(text.size()));
  bytes_.append(as_bytes(text));
}

}  // namespace beamnode::etf

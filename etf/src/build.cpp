#include <beamnode/etf/build.hpp>

namespace beamnode::etf::detail {
namespace {

[[noreturn]] void refuse(errc code, std::string sentence) {
  throw bad_result<error>(error{code, 0, std::move(sentence)});
}

bool is_pair_of(const term& element, const term& key) {
  return element.is_tuple(2) && element[0] == key;
}

bool is_keyword_list(const term& t) {
  if (!t.is_proper_list()) return false;
  for (const term& element : t.elements()) {
    if (!element.is_tuple(2) || !element[0].is_atom()) return false;
  }
  return true;
}

[[noreturn]] void refuse_kind(std::string_view function, const term& t, std::string_view wanted) {
  refuse(errc::wrong_type, std::string(function).append(" takes ").append(wanted).append(", not ") +
                               std::string(name_of(t.type())));
}

void write_other_pairs(writer& w, const term& map, const term& key) {
  for (const auto& [k, v] : map.pairs()) {
    if (k == key) continue;
    k.write_to(w);
    v.write_to(w);
  }
}

std::size_t count_of(const term& list, const term& key) {
  std::size_t count = 0;
  for (const term& element : list.elements()) count += is_pair_of(element, key) ? 1 : 0;
  return count;
}

void write_other_elements(writer& w, const term& list, const term& key) {
  for (const term& element : list.elements()) {
    if (!is_pair_of(element, key)) element.write_to(w);
  }
  w.write_nil();
}

void write_pair(writer& w, const term& key, const term& value) {
  key.write_to(w);
  value.write_to(w);
}

void write_replaced_element(writer& w, const term& tuple, const term& key, const term& value) {
  const std::optional<std::uint64_t> index = key.as_uint64();
  if (!index) refuse_kind("with() for a tuple", key, "an index");
  if (*index >= tuple.size()) {
    refuse(errc::out_of_range, "the tuple has no element with index " + std::to_string(*index) +
                                   ": it has " + std::to_string(tuple.size()));
  }
  w.write_tuple(tuple.size());
  std::uint64_t i = 0;
  for (const term& element : tuple.elements()) (i++ == *index ? value : element).write_to(w);
}

}  // namespace

term built(const writer& w, const byte_buffer& bytes) {
  if (!w.ok()) throw bad_result<error>(encode_failure(w.code()));
  // Every atom in these bytes is in the table already.
  return term::decode_bare(bytes).value();
}

term replaced(const term& in, const term& key, const term& value) {
  byte_buffer bytes;
  writer w{bytes};
  if (in.is_map()) {
    w.write_map(in.size() + (in.find(key) ? 0 : 1));
    write_other_pairs(w, in, key);
    write_pair(w, key, value);
  } else if (in.is_tuple()) {
    write_replaced_element(w, in, key, value);
  } else if (key.is_atom() && is_keyword_list(in)) {
    w.write_list(in.size() + 1 - count_of(in, key));
    w.write_tuple(2);
    write_pair(w, key, value);
    write_other_elements(w, in, key);
  } else {
    refuse_kind("with()", in, "a map, a tuple, or a keyword list and an atom");
  }
  return built(w, bytes);
}

term removed(const term& from, const term& key) {
  byte_buffer bytes;
  writer w{bytes};
  if (from.is_map()) {
    if (!from.find(key)) return from;
    w.write_map(from.size() - 1);
    write_other_pairs(w, from, key);
  } else if (key.is_atom() && is_keyword_list(from)) {
    w.write_list(from.size() - count_of(from, key));
    write_other_elements(w, from, key);
  } else {
    refuse_kind("without()", from, "a map, or a keyword list and an atom");
  }
  return built(w, bytes);
}

}  // namespace beamnode::etf::detail

#pragma once
/// Makes terms out of values and other terms.
///
///     list(1, "two", 3.0)                       [1, <<"two">>, 3.0]
///     list_of(std::set{2, 1})                   [1, 2]
///     map("name"_atom, "x", "size"_atom, 5)     #{name => <<"x">>, size => 5}
///     with(t, "size"_atom, 6)                   t with this key replaced or added
///     without(t, "size"_atom)                   t without this key
///     tuple("ok"_atom, 1)                       from codec.hpp: a std::tuple, for send() and
///     encode()
///
/// Every value with a codec can be a part. Each call encodes its parts and decodes the whole: it
/// takes time and memory in proportion to the whole term, and the result shares nothing with its
/// parts. Throws bad_result<error> for values that have no encoding (NaN).

#include <beamnode/etf/term.hpp>

namespace beamnode::etf {

namespace detail {

template <class T> void write_value(writer& w, const T& value) {
  codec<std::decay_t<const T>>::encode(w, value);
}
/// The term that `bytes` hold, or a thrown error.
term built(const writer& w, const byte_buffer& bytes);
term replaced(const term& in, const term& key, const term& value);
term removed(const term& from, const term& key);

}  // namespace detail

/// A proper list of these elements, which may be of any types.
template <class... T> [[nodiscard]] term list(const T&... elements) {
  byte_buffer bytes;
  writer w{bytes};
  w.write_list(sizeof...(T));
  (detail::write_value(w, elements), ...);
  w.write_nil();
  return detail::built(w, bytes);
}

/// A proper list of the elements of a range that has a size().
template <class Range> [[nodiscard]] term list_of(const Range& elements) {
  byte_buffer bytes;
  writer w{bytes};
  w.write_list(elements.size());
  for (const auto& element : elements) detail::write_value(w, element);
  w.write_nil();
  return detail::built(w, bytes);
}

/// A map of keys and values in turn. Throws (duplicate_key) where two keys are the same.
template <class... T> [[nodiscard]] term map(const T&... keys_and_values) {
  static_assert(sizeof...(T) % 2 == 0, "beamnode: map() takes keys and values in turn");
  byte_buffer bytes;
  writer w{bytes};
  w.write_map(sizeof...(T) / 2);
  (detail::write_value(w, keys_and_values), ...);
  return detail::built(w, bytes);
}

/// `in` with another value, by what `in` is:
///   a map           under `key`, replaced or added: maps:put/3
///   a keyword list  under the atom `key`; all pairs with that key make way for the new one, which
///                   comes first: Keyword.put/3. [] is one too
///   a tuple         as the element number `key`, counted from 0: put_elem/3
/// Throws bad_result<error> for anything else, and for an index outside the tuple.
template <class Key, class Value>
[[nodiscard]] term with(const term& in, const Key& key, const Value& value) {
  return detail::replaced(in, term::from(key), term::from(value));
}

/// A map or keyword list without `key`; the same where it is not there. Throws bad_result<error>
/// for anything else.
template <class Key> [[nodiscard]] term without(const term& from, const Key& key) {
  return detail::removed(from, term::from(key));
}

/// A copy in a block of its own: t.compact().
[[nodiscard]] inline term compact(const term& t) { return t.compact(); }

}  // namespace beamnode::etf

#pragma once
/// Describes your structs to the codecs:
///
///     struct increment { std::int64_t by; };      // {increment, By}
///     struct reset {};                            // the atom reset
///     struct point { double x = 0, y = 0; };      // %Geo.Point{x: X, y: Y}
///
///     template <> struct etf::codec<increment>
///         : etf::tagged_tuple_codec<increment, "increment", &increment::by> {};
///     template <> struct etf::codec<reset> : etf::tagged_tuple_codec<reset, "reset"> {};
///     template <> struct etf::codec<point>
///         : etf::struct_codec<point, "Elixir.Geo.Point",
///                             etf::field<"x", &point::x>, etf::field<"y", &point::y>> {};
///
/// A struct that is decoded must be default-constructible; its members are then assigned. Atoms are
/// compared, never interned, so foreign messages that do not fit cost nothing.

#include <beamnode/etf/codec.hpp>

namespace beamnode::etf {

namespace detail {
template <class> struct member_type;
template <class T, class Member> struct member_type<Member T::*> {
  using type = Member;
};
template <auto Pointer> using member_of = typename member_type<decltype(Pointer)>::type;
}  // namespace detail

/// `{Tag, Field...}`; without fields the bare atom `Tag`.
template <class T, fixed_text Tag, auto... Fields> struct tagged_tuple_codec {
  static constexpr bool borrows = (detail::borrows<detail::member_of<Fields>> || ...);

  static void encode(writer& w, const T& value) {
    if constexpr (sizeof...(Fields) != 0) w.write_tuple(1 + sizeof...(Fields));
    w.write_atom(literal<Tag>::value());
    (codec<detail::member_of<Fields>>::encode(w, value.*Fields), ...);
  }
  static T decode(reader& r) {
    const detail::nested inside{r};
    if constexpr (sizeof...(Fields) != 0) r.expect_tuple(1 + sizeof...(Fields));
    r.expect_atom(literal<Tag>::value());
    T value{};
    if (r.ok()) (assign<Fields>(value, r), ...);
    return value;
  }

 private:
  template <auto Field> static void assign(T& value, reader& r) {
    value.*Field = codec<detail::member_of<Field>>::decode(r);
  }
};

/// A member and the atom that is its key in a map.
template <fixed_text Name, auto Member> struct field {};

namespace detail {

template <class Field> struct field_access;
template <fixed_text Name, auto Member> struct field_access<field<Name, Member>> {
  using type = member_of<Member>;
  static atom name() { return literal<Name>::value(); }
  template <class T> static void encode(writer& w, const T& value) {
    w.write_atom(name());
    codec<type>::encode(w, value.*Member);
  }
  template <class T> static void decode(reader& r, T& value) {
    value.*Member = codec<type>::decode(r);
  }
};

/// Reads a map with atom keys into members.
template <class T, class... Fields> class map_reader {
 public:
  explicit map_reader(reader& r) noexcept : reader_(r) {}

  /// `struct_name` must stand under the key '__struct__'; the empty atom asks for no such key.
  T read(atom struct_name) {
    const nested inside{reader_};
    const std::uint8_t* const at = reader_.position();
    bool is_named = struct_name == atom{};
    for (std::size_t pairs = reader_.read_map(); pairs != 0 && reader_.ok(); --pairs) {
      if (!is_named && reader_.next_is(literal<"__struct__">::value())) {
        reader_.skip();
        reader_.expect_atom(struct_name);
        is_named = true;
      } else {
        read_pair(std::index_sequence_for<Fields...>{});
      }
    }
    const bool is_whole = std::find(seen_.begin(), seen_.end(), false) == seen_.end();
    if (!is_named || !is_whole) reader_.fail_at(at, errc::wrong_value, kind::map);
    return reader_.ok() ? std::move(value_) : T{};
  }

 private:
  template <std::size_t... Index> void read_pair(std::index_sequence<Index...> /*all*/) {
    if ((read_if<Index, Fields>() || ...)) return;
    reader_.skip();
    reader_.skip();
  }
  template <std::size_t Index, class Field> bool read_if() {
    if (!reader_.next_is(field_access<Field>::name())) return false;
    if (seen_[Index]) reader_.fail(errc::duplicate_key);
    seen_[Index] = true;
    reader_.skip();
    field_access<Field>::decode(reader_, value_);
    return true;
  }

  reader& reader_;
  std::array<bool, sizeof...(Fields)> seen_{};
  T value_{};
};

template <class... Fields>
inline constexpr bool any_field_borrows = (borrows<typename field_access<Fields>::type> || ...);

}  // namespace detail

/// A map with atom keys: `#{x => X, y => Y}`. Decoding passes over other keys and asks for all of
/// its own (wrong_value).
template <class T, class... Fields> struct map_codec {
  static constexpr bool borrows = detail::any_field_borrows<Fields...>;

  static void encode(writer& w, const T& value) {
    w.write_map(sizeof...(Fields));
    (detail::field_access<Fields>::encode(w, value), ...);
  }
  static T decode(reader& r) { return detail::map_reader<T, Fields...>{r}.read(atom{}); }
};

/// An Elixir struct: a map as map_codec's, with the module `Name` under '__struct__'.
template <class T, fixed_text Name, class... Fields> struct struct_codec {
  static constexpr bool borrows = detail::any_field_borrows<Fields...>;

  static void encode(writer& w, const T& value) {
    w.write_map(1 + sizeof...(Fields));
    w.write_atom(literal<"__struct__">::value());
    w.write_atom(literal<Name>::value());
    (detail::field_access<Fields>::encode(w, value), ...);
  }
  static T decode(reader& r) {
    return detail::map_reader<T, Fields...>{r}.read(literal<Name>::value());
  }
};

}  // namespace beamnode::etf

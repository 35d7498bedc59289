#pragma once
/// Describes your structs and enums to the codecs:
///
///     struct increment { std::int64_t by; };      // {increment, By}
///     struct reset {};                            // the atom reset
///     struct point { double x = 0, y = 0; };      // %Geo.Point{x: X, y: Y}
///     struct options { int size; std::optional<std::string> name; };   // [size: Size, name: Name]
///     enum class color { red, green };            // the atoms red and green
///
///     template <> struct etf::codec<increment>
///         : etf::tagged_tuple_codec<increment, "increment", &increment::by> {};
///     template <> struct etf::codec<reset> : etf::tagged_tuple_codec<reset, "reset"> {};
///     template <> struct etf::codec<point>
///         : etf::struct_codec<point, "Elixir.Geo.Point",
///                             etf::field<"x", &point::x>, etf::field<"y", &point::y>> {};
///     template <> struct etf::codec<options>
///         : etf::keyword_codec<options, etf::field<"size", &options::size>,
///                              etf::field<"name", &options::name>> {};
///     template <> struct etf::codec<color>
///         : etf::enum_codec<color, etf::enumerator<"red", color::red>,
///                           etf::enumerator<"green", color::green>> {};
///
/// A struct that is decoded must be default-constructible; its members are then assigned. Atoms are
/// compared, never interned, so foreign messages that do not fit cost nothing.
///
/// Where members have keys (map, struct, keyword list, native record), keys may come in any order
/// and those of no member are passed over. A member that is a std::optional may be absent and is
/// then std::nullopt, as for nil; it is written as nil. Without the key of any other member
/// decoding fails with missing_key: "at .items[3]: the key 'price' is missing (byte 40)".
///
/// Structs may hold more of themselves in a std::vector, std::unique_ptr or std::shared_ptr.

#include <beamnode/etf/detail/members.hpp>

namespace beamnode::etf {

/// `{Tag, Field...}`; without fields the bare atom `Tag`.
template <class T, fixed_text Tag, auto... Fields>
struct tagged_tuple_codec : detail::composed_codec<detail::member_of<Fields>...> {
  static void encode(writer& w, const T& value) {
    if constexpr (sizeof...(Fields) != 0) w.write_tuple(1 + sizeof...(Fields));
    w.write_atom(literal<Tag>{});
    (codec<detail::member_of<Fields>>::encode(w, value.*Fields), ...);
  }
  static T decode(reader& r) {
    const detail::nested inside{r};
    const std::uint8_t* const at = r.position();
    if constexpr (sizeof...(Fields) != 0) r.expect_tuple(1 + sizeof...(Fields));
    r.expect_atom(literal<Tag>{});
    T value{};
    if (r.ok()) {
      (assign<Fields>(value, r), ...);
      if (!r.ok()) r.name_elements(at, &name_of_element);
    }
    return value;
  }

 private:
  template <auto Field> static void assign(T& value, reader& r) {
    value.*Field = codec<detail::member_of<Field>>::decode(r);
  }
  static std::string name_of_element(std::size_t index) {
    std::string name;
    std::size_t i = 0;
    static_cast<void>(((++i == index && (name = detail::member_name<Fields>(), true)) || ...));
    return name;
  }
};

/// A member and the atom that is its key.
template <fixed_text Name, auto Member> struct field {};

/// A map with atom keys: `#{x => X, y => Y}`.
template <class T, class... Fields>
struct map_codec : detail::composed_codec<typename detail::field_access<Fields>::type...> {
  static void encode(writer& w, const T& value) {
    w.write_map(sizeof...(Fields));
    (encode_pair<detail::field_access<Fields>>(w, value), ...);
  }
  static T decode(reader& r) {
    return detail::read_map_members<T, Fields...>(r, detail::no_name{});
  }

 private:
  template <class Access> static void encode_pair(writer& w, const T& value) {
    w.write_atom(Access::name);
    Access::encode(w, value);
  }
};

/// An Elixir struct: a map as map_codec's, with the module `Name` under '__struct__'.
template <class T, fixed_text Name, class... Fields>
struct struct_codec : detail::composed_codec<typename detail::field_access<Fields>::type...> {
  static void encode(writer& w, const T& value) {
    w.write_map(1 + sizeof...(Fields));
    w.write_atom(literal<"__struct__">{});
    w.write_atom(literal<Name>{});
    (encode_pair<detail::field_access<Fields>>(w, value), ...);
  }
  static T decode(reader& r) { return detail::read_map_members<T, Fields...>(r, literal<Name>{}); }

 private:
  template <class Access> static void encode_pair(writer& w, const T& value) {
    w.write_atom(Access::name);
    Access::encode(w, value);
  }
};

/// A keyword list: `[{x, X}, {y, Y}]`, in Elixir `[x: X, y: Y]`. Of a key that is there several
/// times the first one counts, as for Keyword.get/2.
template <class T, class... Fields>
struct keyword_codec : detail::composed_codec<typename detail::field_access<Fields>::type...> {
  static void encode(writer& w, const T& value) {
    w.write_list(sizeof...(Fields));
    (encode_pair<detail::field_access<Fields>>(w, value), ...);
    w.write_nil();
  }
  static T decode(reader& r) { return detail::read_keyword_members<T, Fields...>(r); }

 private:
  template <class Access> static void encode_pair(writer& w, const T& value) {
    w.write_tuple(2);
    w.write_atom(Access::name);
    Access::encode(w, value);
  }
};

/// A native record of OTP 29: `#Module:Name{x = X, y = Y}`. Written as an exported one; decoded
/// whether exported or not.
template <class T, fixed_text Module, fixed_text Name, class... Fields>
struct native_record_codec
    : detail::composed_codec<typename detail::field_access<Fields>::type...> {
  static void encode(writer& w, const T& value) {
    w.write_record(sizeof...(Fields));
    w.write_atom(literal<Module>{});
    w.write_atom(literal<Name>{});
    (w.write_atom(detail::field_access<Fields>::name), ...);
    (detail::field_access<Fields>::encode(w, value), ...);
  }
  static T decode(reader& r) {
    return detail::read_record_members<T, Fields...>(r, literal<Module>{}, literal<Name>{});
  }
};

/// An enumerator and its atom.
template <fixed_text Name, auto Value> struct enumerator {
  static constexpr auto value = Value;
  static constexpr literal<Name> name{};
};

/// An enum as atoms. Values without an enumerator here cannot be encoded (wrong_value).
template <class Enum, class... Enumerators> struct enum_codec {
  static_assert(sizeof...(Enumerators) != 0, "beamnode: an enum needs an enumerator");
  static void encode(writer& w, Enum value) {
    if (!((value == Enumerators::value && (w.write_atom(Enumerators::name), true)) || ...)) {
      w.fail(errc::wrong_value);
    }
  }
  static Enum decode(reader& r) {
    Enum value{};
    if ((take<Enumerators>(r, value) || ...)) {
      r.skip();
    } else {
      r.fail_expecting(kind::atom, &choices);
    }
    return value;
  }

 private:
  template <class Enumerator> static bool take(const reader& r, Enum& value) {
    if (!r.next_is(Enumerator::name)) return false;
    value = Enumerator::value;
    return true;
  }
  static std::string choices() {
    if constexpr (sizeof...(Enumerators) == 1) {
      return (detail::atom_named(Enumerators::name.value()), ...);
    } else {
      std::string all;
      (all.append(all.empty() ? "one of the atoms " : ", ")
           .append(Enumerators::name.value().text()),
       ...);
      return all;
    }
  }
};

}  // namespace beamnode::etf

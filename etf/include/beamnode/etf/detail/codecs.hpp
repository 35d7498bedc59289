#pragma once
/// The codecs of codec.hpp's table. Include codec.hpp, not this.

#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/detail/codec_support.hpp>

namespace beamnode::etf {

template <class T> struct codec {
  static_assert(!std::is_enum_v<T>,
                "beamnode: this enum has no codec: name its atoms with enum_codec from "
                "beamnode/etf/shape.hpp");
  static_assert(detail::always_false<T> || std::is_enum_v<T>,
                "beamnode: this type has no codec: specialise beamnode::etf::codec<T>, or describe "
                "your struct with a shape from beamnode/etf/shape.hpp");
  static void encode(writer& w, const T& value);
  static T decode(reader& r);
};

template <class T> struct codec<T*> {
  static_assert(detail::always_false<T>,
                "beamnode: a pointer has no codec: encode what it points to");
  static void encode(writer& w, T* const& value);
  static T* decode(reader& r);
};

template <> struct codec<bool> {
  static void encode(writer& w, bool value) { detail::write_bool(w, value); }
  static bool decode(reader& r) noexcept { return detail::read_bool(r); }
};

template <> struct codec<atom> {
  static void encode(writer& w, atom value) { w.write_atom(value); }
  static atom decode(reader& r) noexcept { return r.read_atom(); }
};

template <detail::integer T> struct codec<T> {
  static void encode(writer& w, T value) {
    if constexpr (std::is_signed_v<T>) {
      w.write_integer(value);
    } else {
      w.write_unsigned(value);
    }
  }
  static T decode(reader& r) noexcept { return detail::read_as<T>(r); }
};

template <> struct codec<big_integer> {
  static void encode(writer& w, const big_integer& value) { value.write_to(w); }
  static big_integer decode(reader& r) { return big_integer::read_from(r); }
};

template <std::floating_point T>
  requires(sizeof(T) <= sizeof(double))
struct codec<T> {
  static void encode(writer& w, T value) { w.write_float(static_cast<double>(value)); }
  static T decode(reader& r) {
    const std::uint8_t* const at = r.position();
    const double value = detail::read_number(r);
    if (value >= std::numeric_limits<T>::lowest() && value <= std::numeric_limits<T>::max()) {
      return static_cast<T>(value);
    }
    r.fail_at(at, errc::out_of_range, kind::floating);
    return 0;
  }
};

template <> struct codec<std::string> {
  static void encode(writer& w, const std::string& value) { w.write_text(value); }
  static std::string decode(reader& r) { return std::string(as_text(r.read_binary())); }
};

template <> struct codec<std::string_view> {
  static constexpr bool borrows = true;
  static void encode(writer& w, std::string_view value) { w.write_text(value); }
  static std::string_view decode(reader& r) noexcept { return as_text(r.read_binary()); }
};

/// Written only.
template <> struct codec<const char*> {
  static void encode(writer& w, const char* value) { w.write_text(value); }
};
template <> struct codec<char*> : codec<const char*> {};

template <> struct codec<byte_buffer> {
  static void encode(writer& w, const byte_buffer& value) { w.write_binary(value); }
  static byte_buffer decode(reader& r) { return byte_buffer(r.read_binary()); }
};

template <> struct codec<std::vector<std::byte>> {
  static void encode(writer& w, const std::vector<std::byte>& value);
  static std::vector<std::byte> decode(reader& r);
};

template <> struct codec<charlist> {
  static void encode(writer& w, const charlist& value) { detail::write_charlist(w, value.text); }
  static charlist decode(reader& r) { return {detail::read_charlist(r)}; }
};

template <> struct codec<std::monostate> {
  static void encode(writer& w, std::monostate /*value*/) { detail::write_nil_atom(w); }
  static std::monostate decode(reader& r) noexcept {
    detail::expect_nil_atom(r);
    return {};
  }
};

template <class T> struct codec<std::optional<T>> : detail::composed_codec<T> {
  static void encode(writer& w, const std::optional<T>& value) {
    if (value) {
      codec<T>::encode(w, *value);
    } else {
      detail::write_nil_atom(w);
    }
  }
  static std::optional<T> decode(reader& r) {
    if (detail::take_nil_atom(r)) return std::nullopt;
    std::optional<T> value{codec<T>::decode(r)};
    if (!r.ok()) value.reset();
    return value;
  }
};

template <> struct codec<pid> {
  static void encode(writer& w, const pid& value) { w.write_pid(value); }
  static pid decode(reader& r) noexcept { return r.read_pid(); }
};

template <> struct codec<port> {
  static void encode(writer& w, const port& value) { w.write_port(value); }
  static port decode(reader& r) noexcept { return r.read_port(); }
};

template <> struct codec<reference> {
  static void encode(writer& w, const reference& value) { w.write_reference(value); }
  static reference decode(reader& r) noexcept { return r.read_reference(); }
};

template <fixed_text Text> struct codec<literal<Text>> {
  static void encode(writer& w, literal<Text> value) { w.write_atom(value); }
  static literal<Text> decode(reader& r) noexcept {
    r.expect_atom(literal<Text>{});
    return {};
  }
};

template <detail::sequence T> struct codec<T> : detail::composed_codec<typename T::value_type> {
  using element = typename T::value_type;
  static void encode(writer& w, const T& value) { detail::encode_list<element>(w, value); }
  static T decode(reader& r) {
    T value;
    const auto reserve = [&](std::size_t count) {
      if constexpr (requires { value.reserve(count); }) value.reserve(count);
    };
    detail::decode_list<element>(r, reserve,
                                 [&value](element&& e) { value.push_back(std::move(e)); });
    return r.ok() ? std::move(value) : T{};
  }
};

template <detail::set T> struct codec<T> : detail::composed_codec<typename T::value_type> {
  using element = typename T::value_type;
  static void encode(writer& w, const T& value) { detail::encode_list<element>(w, value); }
  static T decode(reader& r) {
    T value;
    detail::decode_list<element>(
        r, [](std::size_t) {}, [&value](element&& e) { value.insert(std::move(e)); });
    return r.ok() ? std::move(value) : T{};
  }
};

/// Lists of exactly this length.
template <class T, std::size_t Size> struct codec<std::array<T, Size>> : detail::composed_codec<T> {
  static void encode(writer& w, const std::array<T, Size>& value) {
    detail::encode_list<T>(w, value);
  }
  static std::array<T, Size> decode(reader& r) {
    std::array<T, Size> value{};
    const std::uint8_t* const at = r.position();
    std::size_t count = 0;
    const auto add = [&](T&& element) {
      if (count < Size) {
        value[count++] = std::move(element);
      } else {
        r.fail_at(at, errc::wrong_value, list_of_size);
      }
    };
    detail::decode_list<T>(
        r, [](std::size_t) {}, add);
    if (count != Size) r.fail_at(at, errc::wrong_value, list_of_size);
    return value;
  }

 private:
  static std::string list_of_size() { return detail::list_of_size(Size); }
};

/// A view into the input, as std::string_view is.
template <> struct codec<bytes_view> {
  static constexpr bool borrows = true;
  static void encode(writer& w, bytes_view value) { w.write_binary(value); }
  static bytes_view decode(reader& r) noexcept { return r.read_binary(); }
};
template <> struct codec<std::span<const std::byte>> {
  static constexpr bool borrows = true;
  static void encode(writer& w, std::span<const std::byte> value) {
    w.write_binary(as_bytes(value));
  }
  static std::span<const std::byte> decode(reader& r) noexcept {
    return std::as_bytes(r.read_binary());
  }
};

/// What owning pointers point to, or nil.
template <detail::owning_pointer T>
struct codec<T> : detail::composed_codec<typename T::element_type> {
  using element = typename T::element_type;
  static void encode(writer& w, const T& value) {
    if (value == nullptr) return detail::write_nil_atom(w);
    codec<element>::encode(w, *value);
  }
  static T decode(reader& r) {
    const detail::nested inside{r};
    if (detail::take_nil_atom(r)) return nullptr;
    element value = codec<element>::decode(r);
    return r.ok() ? T{new element(std::move(value))} : nullptr;
  }
};

/// Written only, as a list.
template <class T, std::size_t Extent> struct codec<std::span<T, Extent>> {
  static void encode(writer& w, std::span<T, Extent> value) {
    detail::encode_list<std::remove_cv_t<T>>(w, value);
  }
};

template <class... T> struct codec<std::tuple<T...>> : detail::composed_codec<T...> {
  static void encode(writer& w, const std::tuple<T...>& value) {
    w.write_tuple(sizeof...(T));
    std::apply([&](const T&... element) { (codec<T>::encode(w, element), ...); }, value);
  }
  static std::tuple<T...> decode(reader& r) {
    const detail::nested inside{r};
    r.expect_tuple(sizeof...(T));
    return std::tuple<T...>{codec<T>::decode(r)...};
  }
};

template <class First, class Second>
struct codec<std::pair<First, Second>> : detail::composed_codec<First, Second> {
  static void encode(writer& w, const std::pair<First, Second>& value) {
    w.write_tuple(2);
    codec<First>::encode(w, value.first);
    codec<Second>::encode(w, value.second);
  }
  static std::pair<First, Second> decode(reader& r) {
    const detail::nested inside{r};
    r.expect_tuple(2);
    return std::pair<First, Second>{codec<First>::decode(r), codec<Second>::decode(r)};
  }
};

template <detail::map T>
struct codec<T> : detail::composed_codec<typename T::key_type, typename T::mapped_type> {
  using key = typename T::key_type;
  using mapped = typename T::mapped_type;
  static void encode(writer& w, const T& value) {
    w.write_map(value.size());
    for (const auto& [k, v] : value) {
      codec<key>::encode(w, k);
      codec<mapped>::encode(w, v);
    }
  }
  static T decode(reader& r) {
    const detail::nested inside{r};
    T value;
    for (std::size_t pairs = r.read_map(); pairs != 0 && r.ok(); --pairs) {
      const std::uint8_t* const at = r.position();
      key k = codec<key>::decode(r);
      mapped v = codec<mapped>::decode(r);
      if (r.ok() && !value.emplace(std::move(k), std::move(v)).second) {
        r.fail_at(at, errc::duplicate_key);
      }
    }
    return r.ok() ? std::move(value) : T{};
  }
};

template <class... T> struct codec<std::variant<T...>> : detail::composed_codec<T...> {
  static void encode(writer& w, const std::variant<T...>& value) {
    if (value.valueless_by_exception()) return w.fail(errc::wrong_value);
    std::visit([&w]<class A>(const A& alternative) { codec<A>::encode(w, alternative); }, value);
  }
  /// Where none fits, the failure is that of the alternative that came furthest.
  static std::variant<T...> decode(reader& r) {
    const detail::nested inside{r};
    const reader start = r;
    std::optional<std::variant<T...>> value;
    if (inside) attempt<0>(start, r, value);
    return value ? *std::move(value) : std::variant<T...>{};
  }

 private:
  template <std::size_t Index>
  static void attempt(const reader& start, reader& r, std::optional<std::variant<T...>>& value) {
    if constexpr (Index < sizeof...(T)) {
      reader trial = start;
      auto alternative =
          codec<std::variant_alternative_t<Index, std::variant<T...>>>::decode(trial);
      if (trial.ok()) {
        value.emplace(std::in_place_index<Index>, std::move(alternative));
        r = trial;
        return;
      }
      if (r.ok() || trial.failed_position() > r.failed_position()) r = trial;
      attempt<Index + 1>(start, r, value);
    }
  }
};

template <class T> byte_buffer encode(const T& value) {
  byte_buffer out;
  out.append(version_magic);
  writer w{out};
  codec<std::decay_t<const T>>::encode(w, value);
  if (!w.ok()) throw bad_result<error>(detail::encode_failure(w.code()));
  return out;
}

namespace detail {
/// Reads the one value that `r` is to hold.
template <class T> result<T> decode_whole(reader& r, const limits& bounds) {
  r.limit_new_atoms(bounds.new_atoms);
  const reader start = r;
  result<T> value{codec<T>::decode(r)};
  if (!r.ok()) {
    value = explain<T>(start, r);
  } else if (!r.at_end()) {
    r.fail(errc::trailing_bytes);
    value = r.failure();
  }
  return value;
}
}  // namespace detail

template <class T> result<T> decode(bytes_view whole, const limits& bounds) {
  if (is_compressed(whole)) {
    if constexpr (detail::borrows<T>) {
      return error{errc::refused_tag, 1};
    } else {
      const result<byte_buffer> inflated = inflate(whole, bounds);
      if (!inflated) return inflated.error();
      reader r{*inflated};
      return detail::decode_whole<T>(r, bounds);
    }
  }
  reader r{whole};
  r.read_version();
  return detail::decode_whole<T>(r, bounds);
}

template <class T, detail::owner_of_bytes Bytes>
  requires(!std::is_reference_v<Bytes>)
result<T> decode(Bytes&& whole, const limits& bounds) {
  static_assert(
      !detail::borrows<T>,
      "beamnode: the value would point into bytes that are gone: keep them in a variable");
  return decode<T>(bytes_view(whole), bounds);
}

namespace detail {
template <class T> struct stored {
  using type = T;
};
template <> struct stored<const char*> {
  using type = std::string;
};
template <> struct stored<char*> {
  using type = std::string;
};
}  // namespace detail

template <class... T> auto tuple(T&&... elements) {
  return std::tuple<typename detail::stored<std::decay_t<T>>::type...>{
      std::forward<T>(elements)...};
}

}  // namespace beamnode::etf

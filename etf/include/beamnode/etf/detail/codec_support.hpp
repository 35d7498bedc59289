#pragma once
/// What the codecs of codec.hpp's table are made of. Include codec.hpp, not this.

#include <beamnode/etf/big_integer.hpp>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/writer.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace beamnode::etf {

template <class T> struct codec;

namespace detail {

template <class T> inline constexpr bool always_false = false;

/// Whether decoded values hold views into the input.
template <class T>
inline constexpr bool borrows = [] {
  if constexpr (requires { codec<T>::borrows; }) {
    return codec<T>::borrows;
  } else {
    return false;
  }
}();

void write_bool(writer& w, bool value);
bool read_bool(reader& r) noexcept;
double read_number(reader& r);
void write_charlist(writer& w, std::string_view utf8);
std::string read_charlist(reader& r);
void write_nil_atom(writer& w);
void expect_nil_atom(reader& r) noexcept;
/// Passes over the atom nil if it comes next.
bool take_nil_atom(reader& r) noexcept;
error encode_failure(errc code);

/// Not characters: they could be meant as text.
template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// Grows at its end: std::vector, std::list, std::deque. Not strings of other characters, which
/// could be meant as text.
template <class T>
concept sequence = requires(T& c, typename T::value_type value) {
  c.begin();
  c.end();
  c.push_back(std::move(value));
} && !requires { typename T::traits_type; };

template <class T>
concept map = requires(T& c, typename T::key_type key, typename T::mapped_type value) {
  c.begin();
  c.size();
  { c.emplace(std::move(key), std::move(value)).second } -> std::convertible_to<bool>;
};

template <class T>
concept set = !requires { typename T::mapped_type; } && requires(T& c, typename T::key_type key) {
  c.begin();
  c.size();
  c.insert(std::move(key));
};

/// Keeps types that contain themselves from recursing without end.
class nested {
 public:
  explicit nested(reader& r) noexcept : reader_(r), entered_(r.descend()) {}
  nested(const nested&) = delete;
  nested& operator=(const nested&) = delete;
  ~nested() {
    if (entered_) reader_.ascend();
  }
  explicit operator bool() const noexcept { return entered_; }

 private:
  reader& reader_;
  bool entered_;
};

template <integer T> T read_as(reader& r) noexcept {
  const std::uint8_t* const at = r.position();
  const auto value = [&r] {
    if constexpr (std::is_signed_v<T>) {
      return r.read_integer();
    } else {
      return r.read_unsigned();
    }
  }();
  if (std::in_range<T>(value)) return static_cast<T>(value);
  r.fail_at(at, errc::out_of_range, kind::integer);
  return 0;
}

template <class Element, class Range> void encode_list(writer& w, const Range& elements) {
  if (elements.size() == 0) return w.write_nil();
  if constexpr (integer<Element>) {
    // OTP writes every list of bytes as STRING_EXT.
    constexpr auto is_byte = [](Element e) { return std::in_range<std::uint8_t>(e); };
    if (elements.size() <= 0xFFFF && std::all_of(elements.begin(), elements.end(), is_byte)) {
      const std::span<std::uint8_t> bytes = w.write_string(elements.size());
      if (!w.ok()) return;
      std::transform(elements.begin(), elements.end(), bytes.begin(),
                     [](Element e) { return static_cast<std::uint8_t>(e); });
      return;
    }
  }
  w.write_list(elements.size());
  if constexpr (integer<Element>) {
    w.write_integers(elements.begin(), elements.size());
  } else {
    for (const auto& element : elements) codec<Element>::encode(w, element);
  }
  w.write_nil();
}

/// The elements of a list that was written as bytes.
template <class Element, class Add>
void decode_bytes(reader& r, const std::uint8_t* list, bytes_view bytes, const Add& add) {
  for (const std::uint8_t byte : bytes) {
    const std::array<std::uint8_t, 2> encoded{static_cast<std::uint8_t>(tag::small_integer), byte};
    reader one{encoded};
    Element element = codec<Element>::decode(one);
    if (!one.ok()) return r.fail_at(list, one.code());
    add(std::move(element));
  }
}

/// How many elements to make room for at once: a count costs its sender a few bytes.
template <class Element> constexpr std::size_t first_room(std::size_t count) noexcept {
  return std::min(count, std::max<std::size_t>(65536 / sizeof(Element), 16));
}

/// Calls reserve(count) at most once, then add(element) for each element.
template <class Element, class Reserve, class Add>
void decode_list(reader& r, const Reserve& reserve, const Add& add) {
  const nested inside{r};
  const std::uint8_t* const list = r.position();
  list_header part = r.read_list();
  if (part.length != 0) reserve(first_room<Element>(part.length));
  while (part.length != 0) {
    if (part.is_string) return decode_bytes<Element>(r, list, part.string, add);
    for (std::size_t i = 0; i < part.length; ++i) {
      Element element = codec<Element>::decode(r);
      if (!r.ok()) return;
      add(std::move(element));
    }
    part = r.read_list_end();
  }
}

}  // namespace detail
}  // namespace beamnode::etf

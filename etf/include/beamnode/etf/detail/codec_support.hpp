#pragma once
/// What the codecs of codec.hpp's table are made of. Include codec.hpp, not this.

#include <beamnode/etf/big_integer.hpp>
#include <beamnode/etf/detail/field_names.hpp>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/writer.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace beamnode::etf {

template <class T> struct codec;

namespace detail {

template <class T> inline constexpr bool always_false = false;

template <class... T> struct types {};

/// `borrows`, where `Seen` are the types that this question came through: a struct may hold more of
/// itself.
template <class T, class... Seen> consteval bool borrows_beyond();

template <class... T, class... Seen>
consteval bool any_borrows(types<T...> /*parts*/, types<Seen...> /*seen*/) {
  return (borrows_beyond<T, Seen...>() || ...);
}

template <class T, class... Seen> consteval bool borrows_beyond() {
  bool found = false;
  if constexpr (!(std::same_as<T, Seen> || ...)) {
    if constexpr (requires { typename codec<T>::parts; }) {
      found = any_borrows(typename codec<T>::parts{}, types<T, Seen...>{});
    } else if constexpr (requires { codec<T>::borrows; }) {
      found = codec<T>::borrows;
    }
  }
  return found;
}

/// Whether decoded values hold views into the input.
template <class T> inline constexpr bool borrows = borrows_beyond<T>();

/// A base of the codecs of types that are made of others.
template <class... Part> struct composed_codec {
  using parts = types<Part...>;
  static constexpr bool borrows = any_borrows(parts{}, types<>{});
};

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
std::string list_of_size(std::size_t size);
std::string integer_range(std::int64_t least, std::uint64_t greatest);

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

/// std::unique_ptr, std::shared_ptr: what they point to is theirs, and one value.
template <class T>
concept owning_pointer = requires(T& pointer, typename T::element_type* value) {
  { pointer.get() } -> std::same_as<typename T::element_type*>;
  pointer.reset(value);
  requires std::constructible_from<T, typename T::element_type*>;
} && !std::is_array_v<typename T::element_type>;

/// Bytes that are gone with it; not a view.
template <class T>
concept owner_of_bytes = std::convertible_to<const std::remove_reference_t<T>&, bytes_view> &&
                         !std::ranges::enable_borrowed_range<std::remove_cvref_t<T>>;

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
  using borders = std::numeric_limits<T>;
  r.fail_at(
      at, errc::out_of_range,
      +[] { return integer_range(std::int64_t{borders::min()}, std::uint64_t{borders::max()}); });
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

/// How many elements to make room for at once. A count costs its sender a few bytes: at most 8
/// bytes are reserved for each byte of input that is left, or 64 KiB if that is more.
template <class Element>
constexpr std::size_t first_room(std::size_t count, std::size_t input_left) noexcept {
  const std::size_t bytes = std::max<std::size_t>(8 * input_left, 65536);
  return std::min(count, std::max<std::size_t>(bytes / sizeof(Element), 16));
}

/// Calls reserve(count) at most once, then add(element) for each element.
template <class Element, class Reserve, class Add>
void decode_list(reader& r, const Reserve& reserve, const Add& add) {
  const nested inside{r};
  const std::uint8_t* const list = r.position();
  list_header part = r.read_list();
  if (part.length != 0) reserve(first_room<Element>(part.length, r.remaining()));
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

/// Why decoding a T fails, with the names of members. Decodes again, which only a failure pays for.
/// `start` is as the reader was before it failed as `failed` did.
template <class T> error explain(reader start, const reader& failed) {
  field_names names;
  start.collect_names(names);
  start.limit_new_atoms(0);
  static_cast<void>(codec<T>::decode(start));
  if (start.failed_position() != failed.failed_position() || start.code() != failed.code()) {
    return failed.failure();
  }
  return start.failure();
}

}  // namespace detail
}  // namespace beamnode::etf

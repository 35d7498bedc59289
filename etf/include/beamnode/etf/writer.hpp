#pragma once
/// Appends encoded terms (no version byte) to a byte_buffer, each in the smallest encoding a
/// current OTP would choose. What cannot be encoded (NaN, a count over the format's maximum) sets a
/// sticky error and writes nothing more.

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/etf/reader.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <utility>

namespace beamnode::etf {

class writer {
 public:
  explicit writer(byte_buffer& out) noexcept : out_(out) {}

  void write_integer(std::int64_t value) {
    if (!ok()) return;
    out_.end_at(put_integer(out_.room(max_integer_size), value));
  }
  void write_unsigned(std::uint64_t value) {
    if (value <= 0x7FFF'FFFF) return write_integer(static_cast<std::int64_t>(value));
    write_magnitude(value, false);
  }
  /// Many of them, one behind the other, at the speed of a loop over plain memory.
  template <class Iterator> void write_integers(Iterator next, std::size_t count) {
    constexpr std::size_t at_once = 1024;
    while (count != 0 && ok()) {
      const std::size_t some = std::min(count, at_once);
      std::uint8_t* to = out_.room(some * max_integer_size);
      for (std::size_t i = 0; i < some; ++i, ++next) to = put_integer(to, *next);
      out_.end_at(to);
      count -= some;
    }
  }
  void write_big(big_view value);
  /// NaN and infinities fail with bad_float: Erlang has none.
  void write_float(double value);
  void write_atom(atom value) { write_checked_atom(value.text()); }
  /// The same for an atom whose text is known when compiling.
  template <fixed_text Text> void write_atom(literal<Text> value) {
    if constexpr (literal<Text>::is_plain) {
      write_encoded(value.encoded);
    } else {
      write_atom(value.value());
    }
  }
  void write_pid(const pid& value);
  void write_port(const port& value);
  void write_reference(const reference& value);
  void write_binary(bytes_view value);
  void write_text(std::string_view utf8) { write_binary(as_bytes(utf8)); }
  void write_bits(bit_view value);
  /// A list of small integers, one per byte: STRING_EXT, or LIST_EXT beyond 65535.
  void write_byte_list(bytes_view value);
  /// The same for bytes that are yet to be made: room for `length` (1 to 65535) of them, all to be
  /// overwritten before anything else is written. Empty after a failure.
  [[nodiscard]] std::span<std::uint8_t> write_string(std::size_t length) {
    if (length == 0 || length > 0xFFFF) fail(errc::too_large);
    if (!ok()) return {};
    std::uint8_t* const to = begin(tag::string, 3 + length);
    store_big(to + 1, static_cast<std::uint16_t>(length));
    return {to + 3, length};
  }

  /// The elements must follow.
  void write_tuple(std::size_t arity) {
    if (arity > 0xFF) return write_large_tuple(arity);
    if (!ok()) return;
    std::uint8_t* const to = begin(tag::small_tuple, 2);
    to[1] = static_cast<std::uint8_t>(arity);
  }
  /// The elements and then a tail must follow (write_nil() for a proper list). For length 0 this
  /// writes nothing: the tail alone is the list.
  void write_list(std::size_t length) {
    if (length != 0) write_count(tag::list, length);
  }
  void write_nil() {
    if (ok()) begin(tag::nil, 1);
  }
  /// `pairs` keys and values must follow.
  void write_map(std::size_t pairs) { write_count(tag::map, pairs); }
  /// A native record (OTP 29): module, name, `fields` atoms and then as many values must follow.
  void write_record(std::size_t fields, bool exported = true) {
    write_count(tag::record, fields);
    if (ok()) out_.append(static_cast<std::uint8_t>(exported ? 1 : 0));
  }
  /// One or more whole encoded terms, copied as they are.
  void write_encoded(bytes_view terms) {
    if (ok()) out_.append(terms);
  }

  /// The same for terms in which atoms may be named by number, which is right only where they came
  /// from: the copy spells them out. Fails with what is wrong with `terms`.
  void write_encoded(bytes_view terms, std::span<const atom> atom_refs);

  [[nodiscard]] bool ok() const noexcept { return code_ == errc::none; }
  [[nodiscard]] errc code() const noexcept { return code_; }
  void fail(errc code) noexcept {
    if (code_ == errc::none) code_ = code;
  }
  [[nodiscard]] byte_buffer& out() noexcept { return out_; }

  /// The same by the text of an atom that need not be in the table; the caller knows that it is one
  /// (UTF-8, at most 255 characters).
  void write_checked_atom(std::string_view text) {
    if (ok()) out_.end_at(put_atom(out_.room(max_atom_head + text.size()), text));
  }

 private:
  std::uint8_t* begin(tag t, std::size_t size) {
    std::uint8_t* const to = out_.extend(size);
    *to = static_cast<std::uint8_t>(t);
    return to;
  }
  void write_count(tag t, std::size_t count) {
    if (count > 0xFFFF'FFFF) return fail(errc::too_large);
    if (!ok()) return;
    store_big(begin(t, 5) + 1, static_cast<std::uint32_t>(count));
  }
  /// A SMALL_BIG_EXT of 64 bits.
  static constexpr std::size_t max_integer_size = 11;
  /// Writes at `to`, where there is room for max_integer_size, and returns what is behind it.
  template <std::integral T> static std::uint8_t* put_integer(std::uint8_t* to, T value) noexcept {
    if (std::in_range<std::uint8_t>(value)) {
      to[0] = static_cast<std::uint8_t>(tag::small_integer);
      to[1] = static_cast<std::uint8_t>(value);
      return to + 2;
    }
    if (std::in_range<std::int32_t>(value)) {
      to[0] = static_cast<std::uint8_t>(tag::integer);
      store_big(to + 1, static_cast<std::uint32_t>(value));
      return to + 5;
    }
    const bool negative = std::cmp_less(value, 0);
    const auto word = static_cast<std::uint64_t>(value);
    return put_magnitude(to, negative ? 0 - word : word, negative);
  }
  static std::uint8_t* put_magnitude(std::uint8_t* to, std::uint64_t magnitude,
                                     bool negative) noexcept {
    const auto size = static_cast<std::size_t>((std::bit_width(magnitude) + 7) / 8);
    to[0] = static_cast<std::uint8_t>(tag::small_big);
    to[1] = static_cast<std::uint8_t>(size);
    to[2] = negative ? 1 : 0;
    store_little(to + 3, magnitude);
    return to + 3 + size;
  }
  template <class T> static std::uint8_t* put(std::uint8_t* to, T value) noexcept {
    store_big(to, value);
    return to + sizeof(T);
  }
  /// Of the bytes before an atom's text.
  static constexpr std::size_t max_atom_head = 3;
  static std::uint8_t* put_atom(std::uint8_t* to, std::string_view text) noexcept {
    const std::size_t size = text.size();
    if (size <= 0xFF) {
      to[0] = static_cast<std::uint8_t>(tag::small_atom_utf8);
      to[1] = static_cast<std::uint8_t>(size);
      to += 2;
    } else {
      to[0] = static_cast<std::uint8_t>(tag::atom_utf8);
      to = put(to + 1, static_cast<std::uint16_t>(size));
    }
    if (size != 0) std::memcpy(to, text.data(), size);
    return to + size;
  }
  void write_magnitude(std::uint64_t magnitude, bool negative);
  void write_large_tuple(std::size_t arity);

  byte_buffer& out_;
  errc code_ = errc::none;
};

/// Reads one term and keeps it as bytes that mean the same everywhere: with its atoms spelled out.
[[nodiscard]] inline byte_buffer copy_encoded(reader& in) {
  byte_buffer copy;
  writer(copy).write_encoded(in.skip(), in.atom_refs());
  return copy;
}

}  // namespace beamnode::etf

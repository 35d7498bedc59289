#pragma once
/// Appends encoded terms (no version byte) to a byte_buffer, each in the smallest encoding a
/// current OTP would choose. What cannot be encoded (NaN, a count over the format's maximum) sets a
/// sticky error and writes nothing more.

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/etf/reader.hpp>

namespace beamnode::etf {

class writer {
 public:
  explicit writer(byte_buffer& out) noexcept : out_(out) {}

  void write_integer(std::int64_t value) {
    if (value >= 0) return write_unsigned(static_cast<std::uint64_t>(value));
    write_magnitude(0 - static_cast<std::uint64_t>(value), true);
  }
  void write_unsigned(std::uint64_t value) {
    if (value > 0xFF) return write_magnitude(value, false);
    if (!ok()) return;
    std::uint8_t* const to = begin(tag::small_integer, 2);
    to[1] = static_cast<std::uint8_t>(value);
  }
  void write_big(big_view value);
  /// NaN and infinities fail with bad_float: Erlang has none.
  void write_float(double value);
  void write_atom(atom value) {
    if (ok()) put_atom(value.text());
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
  /// One or more whole encoded terms, copied as they are.
  void write_encoded(bytes_view terms) {
    if (ok()) out_.append(terms);
  }

  [[nodiscard]] bool ok() const noexcept { return code_ == errc::none; }
  [[nodiscard]] errc code() const noexcept { return code_; }
  void fail(errc code) noexcept {
    if (code_ == errc::none) code_ = code;
  }
  [[nodiscard]] byte_buffer& out() noexcept { return out_; }

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
  void put_atom(std::string_view text) {
    const std::size_t size = text.size();
    std::uint8_t* to = nullptr;
    if (size <= 0xFF) {
      to = begin(tag::small_atom_utf8, 2 + size) + 2;
      to[-1] = static_cast<std::uint8_t>(size);
    } else {
      to = begin(tag::atom_utf8, 3 + size) + 3;
      store_big(to - 2, static_cast<std::uint16_t>(size));
    }
    if (size != 0) std::memcpy(to, text.data(), size);
  }
  template <class T> void put(T value) { store_big(out_.extend(sizeof(T)), value); }
  void write_magnitude(std::uint64_t magnitude, bool negative);
  void write_large_tuple(std::size_t arity);

  byte_buffer& out_;
  errc code_ = errc::none;
};

}  // namespace beamnode::etf

#pragma once
/// Appends encoded terms (no version byte) to a byte_buffer, each in the smallest encoding a current
/// OTP would choose. What cannot be encoded (NaN, a count over the format's maximum) sets a sticky
/// error and writes nothing more.

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/etf/reader.hpp>

namespace beamnode::etf {

class writer {
 public:
  explicit writer(byte_buffer& out) noexcept : out_(out) {}

  void write_integer(std::int64_t value);
  void write_unsigned(std::uint64_t value);
  void write_big(big_view value);
  /// NaN and infinities fail with bad_float: Erlang has none.
  void write_float(double value);
  void write_atom(atom value);
  void write_pid(const pid& value);
  void write_port(const port& value);
  void write_reference(const reference& value);
  void write_binary(bytes_view value);
  void write_text(std::string_view utf8) { write_binary(as_bytes(utf8)); }
  void write_bits(bit_view value);
  /// A list of small integers, one per byte: STRING_EXT, or LIST_EXT beyond 65535.
  void write_byte_list(bytes_view value);

  /// The elements must follow.
  void write_tuple(std::size_t arity);
  /// The elements and then a tail must follow (write_nil() for a proper list). For length 0 this
  /// writes nothing: the tail alone is the list.
  void write_list(std::size_t length);
  void write_nil();
  /// `pairs` keys and values must follow.
  void write_map(std::size_t pairs);
  /// One or more whole encoded terms, copied as they are.
  void write_encoded(bytes_view terms) { out_.append(terms); }

  [[nodiscard]] bool ok() const noexcept { return code_ == errc::none; }
  [[nodiscard]] errc code() const noexcept { return code_; }
  void fail(errc code) noexcept {
    if (code_ == errc::none) code_ = code;
  }
  [[nodiscard]] byte_buffer& out() noexcept { return out_; }

 private:
  byte_buffer& out_;
  errc code_ = errc::none;
};

}  // namespace beamnode::etf

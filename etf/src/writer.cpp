#include <beamnode/etf/writer.hpp>

#include <bit>
#include <cmath>

namespace beamnode::etf {
namespace {

constexpr std::size_t max_string = 0xFFFF;
constexpr std::size_t max_count = 0xFFFF'FFFF;

}  // namespace

void writer::write_magnitude(std::uint64_t magnitude, bool negative) {
  if (!ok()) return;
  if (magnitude <= 0x7FFF'FFFFU + (negative ? 1U : 0U)) {
    const auto value = static_cast<std::uint32_t>(negative ? 0 - magnitude : magnitude);
    store_big(begin(tag::integer, 5) + 1, value);
    return;
  }
  const auto size = static_cast<std::size_t>((std::bit_width(magnitude) + 7) / 8);
  std::uint8_t* const to = begin(tag::small_big, 3 + size);
  to[1] = static_cast<std::uint8_t>(size);
  to[2] = negative ? 1 : 0;
  for (std::size_t i = 0; i < size; ++i, magnitude >>= 8U) {
    to[3 + i] = static_cast<std::uint8_t>(magnitude);
  }
}

void writer::write_big(big_view value) {
  bytes_view magnitude = value.magnitude;
  while (!magnitude.empty() && magnitude.back() == 0) {
    magnitude = magnitude.first(magnitude.size() - 1);
  }
  const std::size_t size = magnitude.size();
  if (size <= 8) {
    std::uint64_t word = 0;
    for (std::size_t i = size; i-- > 0;) word = (word << 8U) | magnitude[i];
    if (!value.negative || word == 0) return write_unsigned(word);
    return write_magnitude(word, true);
  }
  if (size > reader::max_big_bytes) return fail(errc::too_large);
  if (!ok()) return;
  if (size <= 0xFF) {
    std::uint8_t* const to = begin(tag::small_big, 3);
    to[1] = static_cast<std::uint8_t>(size);
    to[2] = value.negative ? 1 : 0;
  } else {
    std::uint8_t* const to = begin(tag::large_big, 6);
    store_big(to + 1, static_cast<std::uint32_t>(size));
    to[5] = value.negative ? 1 : 0;
  }
  out_.append(magnitude);
}

void writer::write_float(double value) {
  if (!std::isfinite(value)) return fail(errc::bad_float);
  if (!ok()) return;
  store_big(begin(tag::new_float, 9) + 1, std::bit_cast<std::uint64_t>(value));
}

void writer::write_pid(const pid& value) {
  if (!ok()) return;
  begin(tag::new_pid, 1);
  put_atom(value.node.text());
  put(value.id);
  put(value.serial);
  put(value.creation);
}

void writer::write_port(const port& value) {
  if (!ok()) return;
  begin(tag::v4_port, 1);
  put_atom(value.node.text());
  put(value.id);
  put(value.creation);
}

void writer::write_reference(const reference& value) {
  if (value.count > reference::max_words) return fail(errc::bad_identifier);
  if (!ok()) return;
  store_big(begin(tag::newer_reference, 3) + 1, std::uint16_t{value.count});
  put_atom(value.node.text());
  put(value.creation);
  for (std::size_t i = 0; i < value.count; ++i) put(value.words[i]);
}

void writer::write_binary(bytes_view value) {
  write_count(tag::binary, value.size());
  write_encoded(value);
}

void writer::write_bits(bit_view value) {
  if (value.last_bits == 8) return write_binary(value.bytes);
  if (value.last_bits == 0 || value.last_bits > 8 || value.bytes.empty()) {
    return fail(errc::bad_bits);
  }
  if (value.bytes.size() > max_count) return fail(errc::too_large);
  if (!ok()) return;
  std::uint8_t* const to = begin(tag::bit_binary, 6);
  store_big(to + 1, static_cast<std::uint32_t>(value.bytes.size()));
  to[5] = value.last_bits;
  out_.append(value.bytes.first(value.bytes.size() - 1));
  const unsigned padding = 0xFFU >> value.last_bits;
  out_.append(static_cast<std::uint8_t>(value.bytes.back() & ~padding));
}

void writer::write_byte_list(bytes_view value) {
  if (value.empty()) return write_nil();
  if (value.size() > max_string) {
    write_list(value.size());
    if (!ok()) return;
    for (const std::uint8_t byte : value) write_unsigned(byte);
    return write_nil();
  }
  if (!ok()) return;
  store_big(begin(tag::string, 3) + 1, static_cast<std::uint16_t>(value.size()));
  out_.append(value);
}

void writer::write_large_tuple(std::size_t arity) {
  if (arity > reader::max_arity) return fail(errc::too_large);
  write_count(tag::large_tuple, arity);
}

}  // namespace beamnode::etf

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
  out_.end_at(put_magnitude(out_.room(max_integer_size), magnitude, negative));
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
    constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
    if (value.negative && word <= sign) return write_integer(static_cast<std::int64_t>(0 - word));
    return value.negative ? write_magnitude(word, true) : write_unsigned(word);
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
  const std::string_view node = value.node.text();
  std::uint8_t* to = out_.room(1 + max_atom_head + node.size() + 12);
  *to++ = static_cast<std::uint8_t>(tag::new_pid);
  to = put_atom(to, node);
  to = put(to, value.id);
  to = put(to, value.serial);
  out_.end_at(put(to, value.creation));
}

void writer::write_port(const port& value) {
  if (!ok()) return;
  const std::string_view node = value.node.text();
  std::uint8_t* to = out_.room(1 + max_atom_head + node.size() + 12);
  *to++ = static_cast<std::uint8_t>(tag::v4_port);
  to = put_atom(to, node);
  to = put(to, value.id);
  out_.end_at(put(to, value.creation));
}

void writer::write_reference(const reference& value) {
  if (value.count > reference::max_words) return fail(errc::bad_identifier);
  if (!ok()) return;
  const std::string_view node = value.node.text();
  std::uint8_t* to = out_.room(3 + max_atom_head + node.size() + 4 + sizeof value.words);
  *to++ = static_cast<std::uint8_t>(tag::newer_reference);
  to = put(to, std::uint16_t{value.count});
  to = put_atom(to, node);
  to = put(to, value.creation);
  for (std::size_t i = 0; i < value.count; ++i) to = put(to, value.words[i]);
  out_.end_at(to);
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

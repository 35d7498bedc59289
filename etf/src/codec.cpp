#include <beamnode/etf/codec.hpp>

#include <cmath>
#include <cstring>

#include "utf8.hpp"

namespace beamnode::etf {

using namespace literals;

namespace detail {
namespace {

void append_code_point(reader& r, std::string& text) {
  const std::uint8_t* const at = r.position();
  const std::uint64_t code_point = r.read_unsigned();
  if (!r.ok()) return;
  if (!utf8::is_scalar(code_point)) return r.fail_at(at, errc::out_of_range, kind::integer);
  utf8::append(text, static_cast<std::uint32_t>(code_point));
}

}  // namespace

void write_bool(writer& w, bool value) { w.write_atom(value ? "true"_atom : "false"_atom); }

bool read_bool(reader& r) noexcept {
  if (r.next_is("true"_atom)) {
    r.skip();
    return true;
  }
  if (r.next_is("false"_atom)) {
    r.skip();
  } else {
    r.fail_expecting(
        kind::atom, +[] { return std::string("true or false"); });
  }
  return false;
}

double read_number(reader& r) {
  if (r.peek() != kind::integer) return r.read_float();
  const std::uint8_t* const at = r.position();
  const double value = big_integer::read_from(r).to_double();
  if (std::isinf(value)) r.fail_at(at, errc::out_of_range, kind::integer);
  return r.ok() ? value : 0;
}

void write_nil_atom(writer& w) { w.write_atom("nil"_atom); }

void expect_nil_atom(reader& r) noexcept { r.expect_atom("nil"_atom); }

bool take_nil_atom(reader& r) noexcept {
  if (!r.next_is("nil"_atom)) return false;
  r.skip();
  return true;
}

void write_charlist(writer& w, std::string_view utf8) {
  std::vector<std::uint32_t> code_points;
  code_points.reserve(utf8.size());
  while (!utf8.empty()) {
    code_points.push_back(utf8::decode_next(utf8));
    if (code_points.back() == utf8::invalid) return w.fail(errc::invalid_utf8);
  }
  encode_list<std::uint32_t>(w, code_points);
}

std::string read_charlist(reader& r) {
  std::string text;
  list_header part = r.read_list();
  while (part.length != 0 && r.ok()) {
    for (const std::uint8_t latin1 : part.string) utf8::append(text, latin1);
    if (part.is_string) break;
    for (std::size_t i = 0; i < part.length && r.ok(); ++i) append_code_point(r, text);
    part = r.read_list_end();
  }
  if (!r.ok()) text.clear();
  return text;
}

std::string list_of_size(std::size_t size) {
  return "a list of " + std::to_string(size) + (size == 1 ? " element" : " elements");
}

std::string integer_range(std::int64_t least, std::uint64_t greatest) {
  return "an integer from " + std::to_string(least) + " to " + std::to_string(greatest);
}

error encode_failure(errc code) {
  return error{code, 0, std::string("this value cannot be encoded: ").append(name_of(code))};
}

}  // namespace detail

void codec<std::vector<std::byte>>::encode(writer& w, const std::vector<std::byte>& value) {
  w.write_binary(as_bytes(value));
}

std::vector<std::byte> codec<std::vector<std::byte>>::decode(reader& r) {
  const bytes_view content = r.read_binary();
  std::vector<std::byte> value(content.size());
  if (!content.empty()) std::memcpy(value.data(), content.data(), content.size());
  return value;
}

}  // namespace beamnode::etf

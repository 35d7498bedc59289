// The objects of lossless JSON whose value is small: it was encoded as any other, and is encoded
// again as what it means.
#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/external.hpp>

#include "base64.hpp"
#include "json_read.hpp"

namespace beamnode::etf {
namespace {

template <class T> std::optional<T> decoded(const byte_buffer& bytes) {
  reader r{bytes};
  std::optional<T> value{codec<T>::decode(r)};
  if (!r.ok() || !r.at_end()) value.reset();
  return value;
}

/// A list as the tuple of its elements, which need not be of one type.
byte_buffer as_tuple(const byte_buffer& list) {
  if (list.empty() || list.data()[0] != static_cast<std::uint8_t>(tag::list)) return {};
  byte_buffer tuple = list;
  tuple.data()[0] = static_cast<std::uint8_t>(tag::large_tuple);
  tuple.truncate(tuple.size() - 1);
  return tuple;
}

std::optional<byte_buffer> decoded_base64(const std::optional<std::string>& text) {
  return text ? base64::decode(*text) : std::nullopt;
}

}  // namespace

bool json_builder::rewrite(const unfinished& object) {
  switch (object.as) {
    case mark::tuple:
    case mark::list:
    case mark::map:
    case mark::record: return true;
    default: break;
  }
  const byte_buffer value{bytes_.view().subspan(object.start)};
  bytes_.truncate(object.start);
  if (!write_marked(object.as, value)) {
    const std::string name{json_text::name_of(object.as)};
    return fail(errc::wrong_value, "this is not what " + name + " takes");
  }
  return ok();
}

bool json_builder::write_marked(mark as, const byte_buffer& value) {
  using text = std::string;
  using number = std::uint32_t;
  switch (as) {
    case mark::atom: {
      const auto name = decoded<text>(value);
      if (name) write_atom_text(*name);
      return name.has_value();
    }
    case mark::integer: {
      const auto digits = decoded<text>(value);
      const auto number_of = digits ? big_integer::parse(*digits) : error{errc::wrong_type};
      if (number_of) number_of->write_to(out_);
      return number_of.has_value();
    }
    case mark::binary: {
      const auto bytes = decoded_base64(decoded<text>(value));
      if (bytes) out_.write_binary(*bytes);
      return bytes.has_value();
    }
    case mark::bits: {
      const auto both = decoded<std::tuple<text, std::uint8_t>>(as_tuple(value));
      const auto bytes = both ? decoded_base64(std::get<0>(*both)) : std::nullopt;
      const std::uint8_t last = both ? std::get<1>(*both) : std::uint8_t{0};
      if (!bytes || bytes->empty() || last == 0 || last > 8) return false;
      out_.write_bits({*bytes, last});
      return true;
    }
    case mark::pid: {
      const auto parts = decoded<std::tuple<text, number, number, number>>(as_tuple(value));
      if (!parts) return false;
      put(static_cast<std::uint8_t>(tag::new_pid));
      write_atom_text(std::get<0>(*parts));
      put_number(std::get<1>(*parts));
      put_number(std::get<2>(*parts));
      put_number(std::get<3>(*parts));
      return true;
    }
    case mark::port: {
      const auto parts = decoded<std::tuple<text, std::uint64_t, number>>(as_tuple(value));
      if (!parts) return false;
      put(static_cast<std::uint8_t>(tag::v4_port));
      write_atom_text(std::get<0>(*parts));
      put_number(std::get<1>(*parts));
      put_number(std::get<2>(*parts));
      return true;
    }
    case mark::reference: {
      const auto parts = decoded<std::tuple<text, number, std::vector<number>>>(as_tuple(value));
      if (!parts || std::get<2>(*parts).size() > reference::max_words) return false;
      put(static_cast<std::uint8_t>(tag::newer_reference));
      put_number(static_cast<std::uint16_t>(std::get<2>(*parts).size()));
      write_atom_text(std::get<0>(*parts));
      put_number(std::get<1>(*parts));
      for (const number word : std::get<2>(*parts)) put_number(word);
      return true;
    }
    case mark::fun: {
      const auto parts = decoded<std::tuple<text, text, std::uint8_t>>(as_tuple(value));
      if (!parts) return false;
      put(static_cast<std::uint8_t>(tag::export_fun));
      write_atom_text(std::get<0>(*parts));
      write_atom_text(std::get<1>(*parts));
      out_.write_unsigned(std::get<2>(*parts));
      return true;
    }
    default: break;
  }
  const auto bytes = decoded_base64(decoded<text>(value));
  if (!bytes) return false;
  const result<std::size_t> size = validate(*bytes, options_.bounds);
  if (!size || *size != bytes->size()) return false;
  out_.write_encoded(*bytes);
  return true;
}

}  // namespace beamnode::etf

#include "canonical_order.hpp"
#include "work_stack.hpp"

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;
using detail::mix;

struct open_container {
  cell rest;
  bool is_list = false;
  std::uint32_t position = 0;  // of maps only
};

std::size_t hash_bytes(const std::uint8_t* bytes, std::size_t size) noexcept {
  std::size_t h = size;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes, 8);
    h = mix(h, eight);
  }
  std::uint64_t last = 0;
  if (size != 0) std::memcpy(&last, bytes, size);
  return mix(h, last);
}

template <class T> std::size_t hash_payload(const cell& c) noexcept {
  return std::hash<T>{}(detail::payload<T>(c));
}

std::size_t hash_fun(const cell& c) noexcept {
  const auto& fun = detail::payload<detail::fun_payload>(c);
  const std::size_t h = hash_bytes(fun.uniq.data(), fun.uniq.size());
  return mix(mix(h, fun.module.index()), fun.index);
}

std::size_t hash_record(const cell& c) noexcept {
  const auto& record = detail::payload<detail::record_payload>(c);
  return mix(mix(record.module.index(), record.name.index()), record.exported);
}

/// Everything but elements; they follow where `has_elements`. Lists of either form look the same.
std::size_t hash_surface(const cell& c, bool& has_elements) noexcept {
  has_elements = c.aux != 0;
  switch (c.what) {
    case form::tuple:
    case form::map: return c.aux;
    case form::fun: return hash_fun(c);
    case form::record: return hash_record(c);
    case form::list:
    case form::byte_list: return 0;
    default: break;
  }
  has_elements = false;
  switch (c.what) {
    case form::bits:
    case form::big: return mix(hash_bytes(detail::bytes_of(c), c.aux), c.extra);
    case form::pid: return hash_payload<pid>(c);
    case form::port: return hash_payload<port>(c);
    case form::reference: return hash_payload<reference>(c);
    default: return mix(c.word, c.aux);
  }
}

/// Moves on to the next cell. True if that was the last one.
bool advance(open_container& in, cell& c) noexcept {
  if (in.is_list) {
    if (!detail::is_cons(in.rest)) {
      c = in.rest;
      return true;
    }
    c = detail::head_of(in.rest);
    in.rest = detail::tail_of(in.rest);
    return false;
  }
  if (in.rest.what == form::map) {
    c = detail::ordered_cell(in.rest, detail::order_of(in.rest), in.position);
    return ++in.position == 2 * in.rest.aux;
  }
  c = *in.rest.cells++;
  return --in.rest.aux == 0;
}

std::size_t hash(cell c) {
  std::size_t h = 0;
  work_stack<open_container> open;
  for (;;) {
    bool has_elements = false;
    const form rank = c.what == form::byte_list ? form::list : c.what;
    h = mix(mix(h, hash_surface(c, has_elements)), static_cast<std::size_t>(rank));
    if (has_elements) {
      open.push({c, detail::is_cons(c)});
      if (!detail::is_cons(c)) open.back().rest.cells = detail::cells_of(c);
    } else if (open.empty()) {
      return h;
    }
    if (advance(open.back(), c)) open.pop();
  }
}

}  // namespace
}  // namespace beamnode::etf

std::size_t std::hash<beamnode::etf::term>::operator()(
    const beamnode::etf::term& t) const noexcept {
  return beamnode::etf::hash(t.raw());
}

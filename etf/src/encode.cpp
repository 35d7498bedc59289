#include <beamnode/etf/external.hpp>
#include <beamnode/etf/term.hpp>

#include "block.hpp"
#include "sorted_maps.hpp"
#include "work_stack.hpp"

#include <deque>
#include <vector>

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;

/// What is left to be written of a container.
struct unwritten {
  enum class part : std::uint8_t { elements, list_and_tail, size_of_fun };
  union {
    const cell* next;
    std::size_t fun_at;  // where in the output it begins
  };
  std::uint32_t count;
  part what;
};

constexpr std::size_t max_string = 65535;

/// Whether OTP would write this list as STRING_EXT, whatever it came as.
bool is_string(const cell& list) noexcept {
  std::size_t length = 0;
  cell rest = list;
  for (; detail::is_cons(rest); rest = detail::tail_of(rest)) {
    const cell& head = detail::head_of(rest);
    if (head.what != form::integer || head.word > 255 || ++length > max_string) return false;
  }
  return rest.what == form::nil;
}

class encoder {
 public:
  explicit encoder(writer& out, bool is_deterministic = false) noexcept
      : out_(out), is_deterministic_(is_deterministic) {}

  void run(const cell& root) {
    write(root);
    while (!open_.empty() && out_.ok()) {
      unwritten& in = open_.back();
      if (in.count == 0) {
        const unwritten last = in;
        open_.pop();
        write_end(last);
        continue;
      }
      const cell& next = *in.next++;
      if (--in.count == 0 && in.what == unwritten::part::elements) open_.pop();
      write(next);
    }
  }

 private:
  void write(const cell& c) {
    switch (c.what) {
      case form::nil: return out_.write_nil();
      case form::integer: return out_.write_integer(c.integer);
      case form::floating: return out_.write_float(c.floating);
      case form::atom: return out_.write_atom(atom::from_index(static_cast<std::uint32_t>(c.word)));
      case form::tuple: out_.write_tuple(c.aux); return open(c.cells, c.aux);
      case form::map: out_.write_map(c.aux); return open(pairs_of(c), 2 * c.aux);
      case form::list:
      case form::byte_list: return write_list(c);
      case form::bits: return out_.write_bits({{c.bytes, c.aux}, c.extra});
      case form::big: return out_.write_big({{c.bytes, c.aux}, c.extra != 0});
      case form::pid: return out_.write_pid(detail::payload<pid>(c));
      case form::port: return out_.write_port(detail::payload<port>(c));
      case form::reference: return out_.write_reference(detail::payload<reference>(c));
      case form::export_fun: return write_export(c);
      case form::fun: return write_fun(c);
      case form::record: return write_record(c);
    }
  }

  void open(const cell* cells, std::uint32_t count) {
    if (count != 0) open_.push({{cells}, count, unwritten::part::elements});
  }

  const cell* pairs_of(const cell& map) {
    if (!is_deterministic_ || map.aux < 2) return map.cells;
    const detail::pair_order order = maps_.order_of(map);
    std::vector<cell>& pairs = sorted_.emplace_back();
    pairs.reserve(2 * std::size_t{map.aux});
    for (std::size_t i = 0; i < map.aux; ++i) {
      pairs.insert(pairs.end(), map.cells + 2 * order[i], map.cells + 2 * order[i] + 2);
    }
    return pairs.data();
  }

  void write_list(const cell& list) {
    if (list.what == form::byte_list) return out_.write_byte_list({list.bytes, list.aux});
    if (is_string(list)) return write_string(list);
    std::size_t length = 0;
    for (cell rest = list; detail::is_cons(rest); rest = rest.cells[rest.aux]) {
      length += rest.aux;
      if (rest.what == form::byte_list) break;
    }
    out_.write_list(length);
    open_.push({{list.cells}, list.aux, unwritten::part::list_and_tail});
  }

  // A list as the tail of another goes on without a header of its own.
  void write_end(const unwritten& of) {
    if (of.what == unwritten::part::size_of_fun) return write_size_of_fun(of.fun_at);
    const cell& tail = *of.next;
    if (tail.what == form::list) {
      return open_.push({{tail.cells}, tail.aux, unwritten::part::list_and_tail});
    }
    if (tail.what != form::byte_list) return write(tail);
    for (const std::uint8_t byte : bytes_view(tail.bytes, tail.aux)) out_.write_unsigned(byte);
    out_.write_nil();
  }

  void write_string(cell list) {
    byte_buffer bytes;
    for (; detail::is_cons(list); list = detail::tail_of(list)) {
      bytes.append(static_cast<std::uint8_t>(detail::head_of(list).word));
    }
    out_.write_byte_list(bytes);
  }

  std::uint8_t* extend(tag t, std::size_t size) {
    std::uint8_t* const to = out_.out().extend(size);
    *to = static_cast<std::uint8_t>(t);
    return to;
  }

  void write_export(const cell& c) {
    if (!out_.ok()) return;
    extend(tag::export_fun, 1);
    out_.write_atom(atom::from_index(static_cast<std::uint32_t>(c.word >> 32U)));
    out_.write_atom(atom::from_index(static_cast<std::uint32_t>(c.word)));
    out_.write_unsigned(c.aux);
  }

  void write_fun(const cell& c) {
    if (!out_.ok()) return;
    const auto& fun = detail::payload<detail::fun_payload>(c);
    const std::size_t at = out_.out().size();
    std::uint8_t* const to = extend(tag::new_fun, 30);
    to[5] = static_cast<std::uint8_t>(fun.arity);
    std::memcpy(to + 6, fun.uniq.data(), fun.uniq.size());
    store_big(to + 22, fun.index);
    store_big(to + 26, c.aux);
    out_.write_atom(fun.module);
    out_.write_integer(fun.old_index);
    out_.write_integer(fun.old_uniq);
    out_.write_pid(fun.creator);
    open_.push({{.fun_at = at}, 0, unwritten::part::size_of_fun});
    open(detail::cells_of(c), c.aux);
  }

  void write_size_of_fun(std::size_t at) {
    byte_buffer& bytes = out_.out();
    store_big(bytes.data() + at + 1, static_cast<std::uint32_t>(bytes.size() - at - 1));
  }

  void write_record(const cell& c) {
    if (!out_.ok()) return;
    const auto& record = detail::payload<detail::record_payload>(c);
    std::uint8_t* const to = extend(tag::record, 6);
    store_big(to + 1, c.aux);
    to[5] = static_cast<std::uint8_t>(record.exported);
    out_.write_atom(record.module);
    out_.write_atom(record.name);
    for (std::uint32_t i = 0; i < c.aux; ++i) out_.write_atom(detail::fields_of(c)[i]);
    open(detail::cells_of(c), c.aux);
  }

  writer& out_;
  work_stack<unwritten> open_;
  bool is_deterministic_;
  detail::sorted_maps maps_;
  std::deque<std::vector<cell>> sorted_;  // the pairs of maps, in the order in which to write them
};

}  // namespace

void term::write_to(writer& out) const { encoder(out).run(cell_); }

byte_buffer term::encode(const encode_options& options) const {
  byte_buffer bytes;
  bytes.append(version_magic);
  writer out(bytes);
  encoder(out, options.deterministic).run(cell_);
  return options.compression == 0 ? bytes : deflate(bytes, options.compression);
}

}  // namespace beamnode::etf

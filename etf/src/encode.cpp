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
  enum class part : std::uint8_t { elements, list_and_tail, fun };
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
    current_ = {{&root}, 1, unwritten::part::elements};
    while (out_.ok()) {
      if (current_.count != 0) {
        write_elements();
      } else if (!end_current()) {
        return;
      }
    }
  }

 private:
  /// Up to the first one that has something inside, which is entered.
  void write_elements() {
    const cell* next = current_.next;
    const cell* const end = next + current_.count;
    while (next != end && next->what < form::tuple) write_plain(*next++);
    const cell* const inner = next;
    if (next != end) ++next;
    current_.next = next;
    current_.count = static_cast<std::uint32_t>(end - next);
    if (inner != end) write(*inner);
  }

  /// `count` cells are to be written before the rest of what is being written now.
  void enter(const cell* cells, std::uint32_t count, unwritten::part what) {
    if (current_.count != 0 || current_.what != unwritten::part::elements) open_.push(current_);
    current_ = {{cells}, count, what};
  }

  /// What comes behind the last element; then on with what is around it. False at the very end.
  bool end_current() {
    if (current_.what == unwritten::part::list_and_tail && write_tail(*current_.next)) return true;
    if (current_.what == unwritten::part::fun) write_size_of_fun(current_.fun_at);
    if (open_.empty()) return false;
    current_ = open_.back();
    open_.pop();
    return true;
  }

  /// A list as the tail of another goes on without a header of its own. True if there is more to
  /// write of it.
  bool write_tail(const cell& tail) {
    switch (tail.what) {
      case form::nil: out_.write_nil(); return false;
      case form::list:
        current_ = {{tail.cells}, tail.aux, unwritten::part::list_and_tail};
        return true;
      case form::byte_list:
        out_.write_integers(tail.bytes, tail.aux);
        out_.write_nil();
        return false;
      default: current_ = {{&tail}, 1, unwritten::part::elements}; return true;
    }
  }

  void write_plain(const cell& c) {
    switch (c.what) {
      case form::integer: return out_.write_integer(c.integer);
      case form::atom: return out_.write_atom(atom::from_index(static_cast<std::uint32_t>(c.word)));
      case form::floating: return out_.write_float(c.floating);
      case form::export_fun: return write_export(c);
      default: return out_.write_nil();
    }
  }

  void write(const cell& c) {
    switch (c.what) {
      case form::nil:
      case form::integer:
      case form::floating:
      case form::atom:
      case form::export_fun: return write_plain(c);
      case form::tuple:
        out_.write_tuple(c.aux);
        return enter(c.cells, c.aux, unwritten::part::elements);
      case form::map:
        out_.write_map(c.aux);
        return enter(pairs_of(c), 2 * c.aux, unwritten::part::elements);
      case form::list:
      case form::byte_list: return write_list(c);
      case form::bits: return out_.write_bits({detail::content_of(c), c.extra});
      case form::big: return out_.write_big({{c.bytes, c.aux}, c.extra != 0});
      case form::pid: return out_.write_pid(detail::payload<pid>(c));
      case form::port: return out_.write_port(detail::payload<port>(c));
      case form::reference: return out_.write_reference(detail::payload<reference>(c));
      case form::fun: return write_fun(c);
      case form::record: return write_record(c);
    }
  }

  const cell* pairs_of(const cell& map) {
    if (!is_deterministic_ || map.aux < 2) return map.cells;
    const detail::pair_order order = maps_.order_of(map);
    std::vector<cell>& pairs = sorted_.emplace_back();
    pairs.reserve(2 * std::size_t{map.aux});
    for (std::size_t i = 0; i < map.aux; ++i) {
      const cell* const pair = map.cells + 2 * std::size_t{order[i]};
      pairs.insert(pairs.end(), pair, pair + 2);
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
    enter(list.cells, list.aux, unwritten::part::list_and_tail);
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
    enter(nullptr, 0, unwritten::part::fun);
    current_.fun_at = at;
    enter(detail::cells_of(c), c.aux, unwritten::part::elements);
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
    enter(detail::cells_of(c), c.aux, unwritten::part::elements);
  }

  writer& out_;
  unwritten current_{};
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

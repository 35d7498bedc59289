#include <beamnode/etf/match.hpp>

#include <array>

#include "block.hpp"
#include "canonical_order.hpp"
#include "text_builder.hpp"
#include "work_stack.hpp"

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;

/// A container of a pattern whose first elements match.
struct unfinished {
  cell wanted;  // a list, or the remaining cells (aux) of a tuple, record or map
  cell value;
  bool is_map = false;  // keys and patterns; `value` is the map
};

constexpr bool is_list(form what) noexcept { return what == form::list || what == form::byte_list; }

cell cells_left(const cell& container, std::uint32_t count) noexcept {
  cell rest = container;
  rest.what = form::tuple;
  rest.cells = detail::cells_of(container);
  rest.aux = count;
  return rest;
}

/// The marker that a cell of a pattern is, or nothing.
const pid* marker(const cell& c) noexcept {
  return c.what == form::pid ? &detail::payload<pid>(c) : nullptr;
}

bool is_pattern_map(const cell& c) noexcept {
  if (c.what != form::tuple || c.aux == 0) return false;
  const pid* const first = marker(c.cells[0]);
  return first != nullptr && first->id == pattern_marker::map;
}

class matcher {
 public:
  explicit matcher(std::span<cell> captured) noexcept : captured_(captured) {}

  bool run(const cell& wanted, const cell& value) {
    if (!match(wanted, value)) return false;
    while (!open_.empty()) {
      if (!match_next()) return false;
    }
    return true;
  }

 private:
  bool match_next() {
    unfinished& in = open_.back();
    if (is_list(in.wanted.what)) return match_next_of_list(in);
    if (in.wanted.aux == 0) {
      open_.pop();
      return true;
    }
    if (in.is_map) return match_pair(in);
    --in.wanted.aux;
    const cell& value = *in.value.cells++;
    return match(*in.wanted.cells++, value);
  }

  bool match_next_of_list(unfinished& in) {
    if (!is_list(in.value.what)) return false;
    const cell& wanted = detail::head_of(in.wanted);
    const cell& value = detail::head_of(in.value);
    in.wanted = detail::tail_of(in.wanted);
    in.value = detail::tail_of(in.value);
    if (!is_list(in.wanted.what)) {
      const cell tail = in.wanted;
      const cell value_tail = in.value;
      open_.pop();
      if (!match(tail, value_tail)) return false;
    }
    return match(wanted, value);
  }

  bool match_pair(unfinished& in) {
    const cell* const pair = in.wanted.cells;
    in.wanted.cells += 2;
    in.wanted.aux -= 2;
    const std::optional<term> found = detail::as_term(in.value).find(detail::as_term(pair[0]));
    // The map keeps what was found alive.
    return found && match(pair[1], cell(found->raw()));
  }

  bool match(const cell& wanted, const cell& value) {
    switch (wanted.what) {
      case form::pid: return bind(detail::payload<pid>(wanted).id, value);
      case form::tuple: {
        if (is_pattern_map(wanted)) return open_map(wanted, value);
        if (value.what != form::tuple || value.aux != wanted.aux) return false;
        open_.push({.wanted = wanted, .value = value});
        return true;
      }
      case form::list:
      case form::byte_list:
        if (!is_list(value.what)) return false;
        open_.push({.wanted = wanted, .value = value});
        return true;
      case form::record: return open_record(wanted, value);
      default: return std::is_eq(detail::canonical_compare(wanted, value));
    }
  }

  bool open_map(const cell& wanted, const cell& value) {
    if (value.what != form::map) return false;
    cell pairs = cells_left(wanted, wanted.aux - 1);
    ++pairs.cells;
    open_.push({.wanted = pairs, .value = value, .is_map = true});
    return true;
  }

  bool open_record(const cell& wanted, const cell& value) {
    if (value.what != form::record || value.aux != wanted.aux) return false;
    const auto& head = detail::payload<detail::record_payload>(wanted);
    const auto& other = detail::payload<detail::record_payload>(value);
    if (head.module != other.module || head.name != other.name) return false;
    const std::span<const atom> fields{detail::fields_of(wanted), wanted.aux};
    if (!std::ranges::equal(fields, std::span(detail::fields_of(value), value.aux))) return false;
    open_.push({.wanted = cells_left(wanted, wanted.aux), .value = cells_left(value, value.aux)});
    return true;
  }

  bool bind(std::uint32_t variable, const cell& value) {
    if (variable == pattern_marker::anonymous) return true;
    if (is_bound_[variable]) {
      return std::is_eq(detail::canonical_compare(captured_[variable], value));
    }
    is_bound_[variable] = true;
    captured_[variable] = value;
    return true;
  }

  std::span<cell> captured_;
  std::array<bool, detail::text_grammar<text_builder>::max_variables> is_bound_{};
  work_stack<unfinished> open_;
};

}  // namespace

result<pattern> pattern::parse(std::string_view text, const limits& bounds) {
  const detail::text_use use = detail::text_use::pattern;
  result<built_text> built = build_text(text, use, bounds);
  if (!built) return built.error();
  const result<term> tree = term::decode_bare(built->encoded.bytes, bounds);
  if (!tree) return locate_in_text(text, use, bounds, tree.error());
  pattern parsed;
  parsed.text_ = text;
  parsed.tree_ = *tree;
  parsed.variables_ = std::move(built->variables);
  return parsed;
}

bool pattern::capture(const term& value, std::span<cell> captured) const {
  return captured.size() >= variables_.size() && matcher(captured).run(tree_.raw(), value.raw());
}

std::optional<bindings> pattern::match(const term& value) const {
  std::array<cell, detail::text_grammar<text_builder>::max_variables> captured;
  if (!capture(value, captured)) return std::nullopt;
  bindings bound;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    bound.emplace(variables_[i], detail::as_term(captured[i]));
  }
  return bound;
}

result<term_format> term_format::parse(std::string_view text, const limits& bounds) {
  result<built_text> built = build_text(text, detail::text_use::format, bounds);
  if (!built) return built.error();
  term_format parsed;
  parsed.text_ = text;
  parsed.encoded_ = std::move(built->encoded.bytes);
  for (const text_template::hole& at : built->encoded.holes) {
    parsed.holes_.push_back({at.offset, at.variable});
  }
  parsed.variables_ = std::move(built->variables);
  return parsed;
}

result<term> term_format::fill(std::span<const term> values) const {
  byte_buffer bytes;
  writer out(bytes);
  std::vector<std::size_t> ends;
  for (const term& value : values) {
    value.write_to(out);
    ends.push_back(bytes.size());
  }
  return fill_encoded(bytes, ends);
}

result<term> term_format::fill_encoded(bytes_view values, std::span<const std::size_t> ends) const {
  if (ends.size() != variables_.size()) return error(errc::wrong_arity);
  byte_buffer whole;
  std::size_t done = 0;
  for (const hole& at : holes_) {
    whole.append(encoded_.view().subspan(done, at.offset - done));
    done = at.offset;
    const std::size_t begin = at.variable == 0 ? 0 : ends[at.variable - 1];
    whole.append(values.subspan(begin, ends[at.variable] - begin));
  }
  whole.append(encoded_.view().subspan(done));
  return term::decode_bare(whole);
}

}  // namespace beamnode::etf

#include "text_layout.hpp"

#include <algorithm>

#include "text_literal.hpp"
#include "text_measure.hpp"

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;
using column = std::int64_t;

/// A value, and where in the table its measures are.
struct piece {
  cell value;
  text_depth depth;
  std::uint32_t at;
  measured size;
};

/// Where a piece goes.
struct place {
  column at;        // 1 is the first
  column used;      // characters on this line, from the opening bracket that began it
  column brackets;  // that will be closed right behind it
};

/// A container that takes more than one line and has been begun.
struct broken {
  text_parts parts;
  const atom* names;
  column left;  // where its lines begin
  column at;
  column used;
  column brackets;
  column brackets_of_value;
  std::uint32_t next;  // in the table
  bool is_first;
};

/// How far the elements behind a tuple's tag, or a record's fields, are indented.
enum class indentation : std::int8_t { behind_the_name = -1, one = 1, four = 4 };

/// Breaks a term into lines; or only tries, to see whether an indentation does.
class layout {
 public:
  layout(text_measures& measures, column width, indentation indent, std::string* out,
         std::size_t enough, printable_range range) noexcept
      : measures_(measures),
        width_(width),
        indent_(static_cast<column>(indent)),
        out_(out),
        enough_(enough),
        range_(range) {}

  /// False if tags go too far right with this indentation.
  bool run(const cell& root, text_depth depth) {
    const piece whole{root, depth, 0, measures_.of(root, 0)};
    length_ = whole.size.length;
    put(whole, {.at = 1, .used = 0, .brackets = 0});
    while (!open_.empty() && !is_too_far_ && !is_full()) step();
    return !is_too_far_;
  }

 private:
  [[nodiscard]] bool is_trial() const noexcept { return out_ == nullptr; }
  [[nodiscard]] bool is_full() const noexcept { return !is_trial() && out_->size() > enough_; }

  void write(std::string_view text) {
    if (!is_trial()) out_->append(text);
  }
  void write_atom(atom name) {
    if (!is_trial()) literal_text::append_atom(*out_, name);
  }
  void write_line(const piece& p) {
    if (!is_trial()) line_writer(*out_, enough_, range_).write(p.value, p.depth);
  }
  void write_pair(const piece& key, const piece& value) {
    write_line(key);
    write(" => ");
    write_line(value);
  }
  void break_line(column left) {
    if (is_trial()) return;
    const std::size_t room = enough_ - std::min(enough_, out_->size()) + 1;
    out_->append(1, '\n').append(std::min(static_cast<std::size_t>(left - 1), room), ' ');
  }

  /// The next part of the container, or the one after `before`.
  piece take(broken& in, text_parts& parts, const piece* before = nullptr) {
    const text_depth depth = parts.depth_of_next();
    const cell value = parts.take();
    const std::uint32_t at = before == nullptr ? in.next : before->at + before->size.entries;
    return {value, depth, at, measures_.of(value, at)};
  }

  [[nodiscard]] bool fits(column length, const place& to) const noexcept {
    return length < width_ - to.at - to.brackets;
  }
  /// Whether it fits behind what is on the line, with a comma before it.
  [[nodiscard]] bool fits_behind(column length, const broken& in, column brackets) const noexcept {
    const column with_comma = length + 1;
    return brackets == 0 ? with_comma + 1 < width_ - in.at : with_comma < width_ - in.at - brackets;
  }
  [[nodiscard]] static column brackets_behind(const broken& in, const text_parts& rest) noexcept {
    return rest.next() == part::element ? 0 : in.brackets + 1;
  }

  void put(const piece& p, const place& to) {
    if (p.size.is_whole || fits(p.size.length, to)) return write_line(p);
    broken in{.parts = text_parts(p.value, p.depth),
              .names = nullptr,
              .left = to.at + 1,
              .at = to.at + 1,
              .used = to.used + 1,
              .brackets = to.brackets,
              .brackets_of_value = 0,
              .next = p.at + 1,
              .is_first = true};
    switch (p.value.what) {
      case form::bits: return put_bytes(p, to);
      case form::map:
        write("#{");
        in.left = in.at = to.at + 2;
        break;
      case form::record: begin_record(p.value, in, to); break;
      case form::tuple:
        write("{");
        if (p.value.aux > 1 && p.value.cells->what == form::atom) begin_tagged(in, to);
        break;
      default: write("["); break;
    }
    open_.push(in);
  }

  void begin_tagged(broken& in, const place& to) {
    const piece tag = take(in, in.parts);
    write_line(tag);
    const column behind = tag.size.length + 2;
    if (goes_below(behind)) {
      in.left = to.at + indent_;
      in.at = to.at + behind;
      in.used += tag.size.length;
      in.is_first = false;
      require(in.left <= width_ / 2);
    } else {
      write(",");
      in.left = in.at = to.at + behind;
      in.used += tag.size.length + 1;
      require(in.left < width_ / 2);
    }
  }

  void begin_record(const cell& record, broken& in, const place& to) {
    std::string name;
    line_writer(name, name.max_size()).write_record_name(record);
    write(name);
    write("{");
    in.names = detail::fields_of(record);
    const auto behind = static_cast<column>(characters_of(name)) + 1;
    if (in.parts.next() != part::element) return;
    in.used = to.used + behind;
    in.left = to.at + behind;
    if (goes_below(behind)) {
      in.used = 0;
      in.left = to.at + indent_;
      break_line(in.left);
    }
    in.at = in.left;
    require(in.left <= width_ / 2);
  }

  [[nodiscard]] bool goes_below(column behind) const noexcept {
    return indent_ > 0 && behind > indent_;
  }
  void require(bool is_near) noexcept { is_too_far_ = is_too_far_ || (is_trial() && !is_near); }

  void step() {
    broken& in = open_.back();
    switch (in.parts.next()) {
      case part::end: return close(in);
      case part::dots:
        if (!in.is_first) write(in.parts.is_list() ? "|" : ",");
        write("...");
        return close(in);
      case part::tail: return put_tail(in);
      case part::element: break;
    }
    if (in.parts.is_at_value()) return put_value(in);
    if (in.parts.is_map()) return put_pair(in);
    if (in.names != nullptr) return put_field(in);
    put_element(in);
  }

  void close(const broken& in) {
    write(in.parts.is_list() ? "]" : "}");
    open_.pop();
  }

  void begin_line(broken& in) {
    if (!in.is_first) {
      write(",");
      break_line(in.left);
      in.used = 0;
    }
    in.is_first = false;
  }

  /// What follows comes behind it, or on a new line if it is not `whole`.
  [[nodiscard]] place advance(broken& in, column length, bool whole, column brackets) const {
    const place here{.at = in.left, .used = in.used, .brackets = brackets};
    const column taken = whole ? length : width_;
    in.at = in.left + taken;
    in.used += taken;
    return here;
  }

  void put_element(broken& in) {
    const piece element = take(in, in.parts);
    in.next += element.size.entries;
    const column brackets = brackets_behind(in, in.parts);
    const column length = element.size.length;
    if (!in.is_first && element.size.is_whole && fits_behind(length, in, brackets)) {
      write(",");
      write_line(element);
      in.at += length + 1;
      in.used += length + 1;
      return;
    }
    begin_line(in);
    const bool stays = element.size.is_whole && fits(length, {in.left, 0, brackets});
    put(element, advance(in, length, stays, brackets));
  }

  void put_tail(broken& in) {
    const piece tail = take(in, in.parts);
    const column brackets = in.brackets + 1;
    const column length = tail.size.length;
    write("|");
    if (tail.size.is_whole && length + 1 < width_ - in.at - brackets) return write_line(tail);
    break_line(in.left);
    put(tail, {.at = is_trial() ? in.at : in.left, .used = 0, .brackets = brackets});
  }

  void put_pair(broken& in) {
    text_parts rest = in.parts;
    const piece key = take(in, rest);
    const piece value = take(in, rest, &key);
    const column brackets = brackets_behind(in, rest);
    const column length = column{key.size.length} + 4 + value.size.length;
    const bool is_whole = key.size.is_whole && value.size.is_whole;
    if (!in.is_first && is_whole && fits_behind(length, in, brackets)) {
      write(",");
      write_pair(key, value);
      in.at += length + 1;
      in.used += length + 1;
      return skip_pair(in, rest, value);
    }
    begin_line(in);
    const bool fits_here = fits(length, {in.left, 0, brackets});
    const place here = advance(in, length, fits_here && is_whole, brackets);
    in.used = in.at - in.left;
    if (fits_here) {
      write_pair(key, value);
      return skip_pair(in, rest, value);
    }
    in.parts.take();
    in.next = value.at;
    in.brackets_of_value = brackets;
    put(key, here);
  }

  static void skip_pair(broken& in, const text_parts& rest, const piece& value) {
    in.parts = rest;
    in.next = value.at + value.size.entries;
  }

  void put_value(broken& in) {
    const piece value = take(in, in.parts);
    in.next += value.size.entries;
    const column left = in.left + (indent_ > 0 ? indent_ : 4);
    write(" =>");
    break_line(left);
    put(value, {.at = left, .used = 0, .brackets = in.brackets_of_value});
  }

  void put_field(broken& in) {
    std::string name;
    literal_text::append_atom(name, *in.names++);
    const column name_length = static_cast<column>(characters_of(name)) + 3;
    const piece value = take(in, in.parts);
    in.next += value.size.entries;
    const column brackets = brackets_behind(in, in.parts);
    const column length = name_length + value.size.length;
    if (!in.is_first && value.size.is_whole && fits_behind(length, in, brackets)) {
      write(",");
      write(name);
      write(" = ");
      write_line(value);
      in.at += length + 1;
      in.used += length + 1;
      return;
    }
    begin_line(in);
    write(name);
    const bool fits_here = fits(length, {in.left, 0, brackets});
    place here = advance(in, length, fits_here && value.size.is_whole, brackets);
    if (fits_here) {
      write(" = ");
      return write_line(value);
    }
    if (goes_below(name_length)) {
      here = {.at = in.left + indent_, .used = 0, .brackets = brackets};
      write(" =");
      break_line(here.at);
    } else {
      here.at += name_length;
      here.used += name_length;
      write(" = ");
    }
    require(here.at <= width_ / 2);
    put(value, here);
  }

  void put_bytes(const piece& p, const place& to) {
    if (is_trial()) return;
    constexpr column least = 8;
    const column left = to.at + 2;
    const column room =
        std::max(least, std::min(width_ - left, length_ - 4 - to.used) - to.brackets);
    column free = room;
    write("<<");
    byte_items items(p.value, p.depth);
    while (!items.done() && !is_full()) {
      const std::string_view item = items.take();
      const column length = static_cast<column>(item.size()) + (items.done() ? 0 : 1);
      if (length > free) {
        break_line(left);
        free = room;
      }
      free -= length;
      write(item);
      if (!items.done()) write(",");
    }
    write(">>");
  }

  text_measures& measures_;
  column width_;
  column indent_;
  std::string* out_;
  std::size_t enough_;
  printable_range range_;
  column length_ = 0;
  bool is_too_far_ = false;
  work_stack<broken> open_;
};

}  // namespace

void append_lines(std::string& out, const cell& root, std::uint32_t width, text_depth depth,
                  std::size_t enough, printable_range range) {
  // Where a term takes more lines than one, lengths beyond this decide nothing.
  constexpr std::uint32_t margin = 64;
  text_measures measures(width + margin, range);
  measures.measure(root, depth);
  if (measures.of(root, 0).length + 1 < width) {
    return line_writer(out, enough, range).write(root, depth);
  }
  const auto tags_stay_near = [&](indentation indent) {
    return layout(measures, width, indent, nullptr, 0, range).run(root, depth);
  };
  indentation indent = indentation::one;
  if (tags_stay_near(indentation::behind_the_name)) {
    indent = indentation::behind_the_name;
  } else if (tags_stay_near(indentation::four)) {
    indent = indentation::four;
  }
  layout(measures, width, indent, &out, enough, range).run(root, depth);
}

}  // namespace beamnode::etf

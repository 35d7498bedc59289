#include "failure_path.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "quoted.hpp"

namespace beamnode::etf {
namespace {

/// A container that the failed value lies in, and which of its elements holds it. In a map keys and
/// values count, in a list its pieces are counted through.
struct step {
  const std::uint8_t* container = nullptr;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
};

constexpr std::uint32_t clamped(std::size_t count) noexcept {
  return static_cast<std::uint32_t>(std::min<std::size_t>(count, 0xFFFF'FFFF));
}

/// Not operator+: g++ 12 warns about that in optimised builds (-Wrestrict), for nothing.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) whole += part;
  return whole;
}

/// Passes over what stands between a record's header and its values.
void skip_names(reader& r, std::size_t fields) noexcept {
  for (std::size_t i = 0; i < fields + 2 && r.ok(); ++i) r.skip();
}

class path_finder {
 public:
  path_finder(bytes_view input, const std::uint8_t* failed, std::span<const atom> refs) noexcept
      : at_(input, refs), failed_(failed) {}

  std::vector<step> find() {
    if (!at_.rest().empty() && at_.rest()[0] == version_magic) at_.read_version();
    while (at_.ok() && at_.position() < failed_) {
      const std::size_t before = steps_.size();
      enter();
      if (!at_.ok() || at_.position() > failed_) break;
      if (steps_.size() == before && !advance()) break;
    }
    return std::move(steps_);
  }

 private:
  /// Into the next value if it is a container with something in it, else past it.
  void enter() {
    const std::uint8_t* const start = at_.position();
    switch (at_.peek()) {
      case kind::tuple: return open(start, at_.read_tuple());
      case kind::map: return open(start, 2 * at_.read_map());
      case kind::list: {
        const list_header list = at_.read_list();
        if (!list.is_string) open(start, list.length);
        return;
      }
      case kind::record: {
        const std::size_t fields = at_.read_record().fields;
        skip_names(at_, fields);
        return open(start, fields);
      }
      default: at_.skip();
    }
  }

  void open(const std::uint8_t* start, std::size_t count) {
    if (at_.ok() && at_.position() <= failed_ && count != 0) {
      steps_.push_back({start, 0, clamped(count)});
    }
  }

  /// From behind an element to the next one of whatever container has more. False where the failure
  /// lies between elements.
  bool advance() {
    while (!steps_.empty()) {
      step& in = steps_.back();
      if (++in.index < in.count) return true;
      if (is_list(in)) {
        if (at_.position() == failed_) return leave();
        const list_header more = at_.read_list_end();
        if (!at_.ok() || at_.position() > failed_) return leave();
        if (more.length != 0 && !more.is_string) {
          in.count = clamped(std::size_t{in.count} + more.length);
          return true;
        }
      }
      steps_.pop_back();
    }
    return true;
  }
  bool leave() {
    steps_.pop_back();
    return false;
  }

  static bool is_list(const step& in) noexcept {
    return *in.container == static_cast<std::uint8_t>(tag::list);
  }

  reader at_;
  const std::uint8_t* failed_;
  std::vector<step> steps_;
};

class path_writer {
 public:
  path_writer(bytes_view input, const std::uint8_t* failed, std::span<const atom> refs,
              const detail::field_names* names) noexcept
      : end_(input.data() + input.size()), failed_(failed), refs_(refs), names_(names) {}

  std::string write(std::span<const step> steps) {
    path_builder path{steps.size()};
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (!path.next()) continue;
      const detail::field_names::note* const note =
          names_ == nullptr ? nullptr : names_->find(steps[i].container, failed_);
      const bool is_keyword_list = note != nullptr && note->name == nullptr;
      if (is_keyword_list && i + 1 < steps.size() && steps[i + 1].index == 1) {
        static_cast<void>(path.next());
        append_value_of_pair(path, steps[++i]);
      } else {
        append(path, steps[i], note == nullptr ? nullptr : note->name);
      }
    }
    return std::move(path).take();
  }

 private:
  void append_value_of_pair(path_builder& path, const step& pair) const {
    reader r{{pair.container, end_}, refs_};
    r.read_tuple();
    path.append_key(r);
  }

  void append(path_builder& path, const step& in, std::string (*name)(std::size_t index)) const {
    reader r{{in.container, end_}, refs_};
    switch (r.peek()) {
      case kind::map:
        r.read_map();
        if (in.index % 2 == 0) {
          return path.append_text(joined({"[key ", std::to_string(in.index / 2), "]"}));
        }
        skip(r, in.index - 1);
        return path.append_key(r);
      case kind::list: return path.append_index(in.index);
      case kind::record:
        r.read_record();
        skip(r, 2 + std::size_t{in.index});
        return path.append_key(r);
      default: break;
    }
    const std::string called = name == nullptr ? std::string() : name(in.index);
    if (called.empty()) {
      path.append_text(joined({".element(", std::to_string(std::size_t{in.index} + 1), ")"}));
    } else {
      path.append_text(joined({".", called}));
    }
  }

  static void skip(reader& r, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count && r.ok(); ++i) r.skip();
  }

  const std::uint8_t* end_;
  const std::uint8_t* failed_;
  std::span<const atom> refs_;
  const detail::field_names* names_;
};

bool is_plain(std::string_view key) noexcept {
  constexpr auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !key.empty() && key.size() <= 64 && ((key[0] >= 'a' && key[0] <= 'z') || key[0] == '_') &&
         std::ranges::all_of(key, is_word);
}

/// Not interned where it stands in the input as UTF-8.
std::string_view text_of_atom(reader& key) noexcept {
  reader ahead = key;
  const bytes_view bytes = ahead.skip();
  if (!bytes.empty() && bytes[0] == static_cast<std::uint8_t>(tag::small_atom_utf8)) {
    return as_text(bytes.subspan(2));
  }
  if (!bytes.empty() && bytes[0] == static_cast<std::uint8_t>(tag::atom_utf8)) {
    return as_text(bytes.subspan(3));
  }
  return key.read_atom().text();
}

}  // namespace

bool path_builder::next() {
  const std::size_t step = passed_++;
  if (steps_ <= max_shown || step < max_shown / 2 || step >= steps_ - max_shown / 2) return true;
  if (step == max_shown / 2) path_ += "...";
  return false;
}

void path_builder::append_index(std::size_t index) {
  path_.append("[").append(std::to_string(index)).append("]");
}

void path_builder::append_key(reader key) {
  key.limit_new_atoms(0);
  std::string step = "[...]";
  switch (key.peek()) {
    case kind::atom: {
      const std::string_view name = text_of_atom(key);
      if (key.ok()) step = is_plain(name) ? joined({".", name}) : joined({"[", quoted(name), "]"});
      break;
    }
    case kind::bit_string: {
      const bit_view text = key.read_bits();
      if (key.ok() && text.last_bits == 8) {
        step = joined({"[", quoted(as_text(text.bytes), '"'), "]"});
      }
      break;
    }
    case kind::integer: {
      const std::int64_t number = key.read_integer();
      if (key.ok()) step = joined({"[", std::to_string(number), "]"});
      break;
    }
    default: break;
  }
  path_ += step;
}

std::string failure_path(bytes_view input, const std::uint8_t* failed, std::span<const atom> refs,
                         const detail::field_names* names) {
  const std::vector<step> steps = path_finder{input, failed, refs}.find();
  return path_writer{input, failed, refs, names}.write(steps);
}

}  // namespace beamnode::etf

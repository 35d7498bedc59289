#pragma once
/// What validate() counts where the input is long enough to break a limit.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/error.hpp>
#include <beamnode/etf/limits.hpp>

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "utf8.hpp"

namespace beamnode::etf {

/// What is open around the next value, for limits::depth and limits::elements: kept only where the
/// input is long enough to break them.
class nesting {
 public:
  explicit nesting(const limits& bounds) : bounds_(bounds) { open_.push_back({1, 0, false}); }

  /// Takes one value out of what is open. Its tail is as deep as the list itself.
  void take() {
    while (open_.back().left == 0) open_.pop_back();
    frame& top = open_.back();
    --top.left;
    depth_ = top.is_list && top.left == 0 ? top.depth - 1 : top.depth;
  }
  /// The value taken last was none yet: the next one stands in its place.
  void put_back() noexcept { ++open_.back().left; }
  errc count(std::uint64_t elements) noexcept {
    elements_ += elements;
    return elements_ > bounds_.elements ? errc::too_large : errc::none;
  }
  errc open(std::uint64_t values, bool is_list) {
    if (const errc code = count(values); code != errc::none) return code;
    if (values == 0) return errc::none;
    if (depth_ >= bounds_.depth) return errc::too_deep;
    if (open_.back().left == 0) open_.pop_back();
    open_.push_back({values, depth_ + 1, is_list});
    return errc::none;
  }

 private:
  struct frame {
    std::uint64_t left;
    std::size_t depth;
    bool is_list;
  };
  const limits& bounds_;
  std::vector<frame> open_;
  std::size_t depth_ = 0;
  std::uint64_t elements_ = 1;
};

/// Stands where nothing is counted.
struct unlimited {
  explicit unlimited(const limits& /*bounds*/) noexcept {}
  explicit unlimited(std::size_t /*limit*/) noexcept {}
};

/// Names that the process does not have yet.
class new_names {
 public:
  explicit new_names(std::size_t limit) noexcept : limit_(limit) {}

  errc see(std::string_view text, bool is_latin1) {
    std::string name;
    if (is_latin1) {
      for (const char c : text) utf8::append(name, static_cast<unsigned char>(c));
      text = name;
    }
    if (atom::find(text)) return errc::none;
    seen_.emplace(text);
    return seen_.size() > limit_ ? errc::too_many_atoms : errc::none;
  }

 private:
  std::size_t limit_;
  std::unordered_set<std::string> seen_;
};

}  // namespace beamnode::etf

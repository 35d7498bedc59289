#pragma once
/// Names of nodes as text: `name@host`. Text, not atoms: names that arrive before a peer has proven
/// the cookie must not enter the atom table.

#include <beamnode/etf/error.hpp>

#include <string>
#include <string_view>

namespace beamnode::etf {

class node_name {
 public:
  node_name() = default;
  /// Exactly one '@', both halves not empty, at most 255 characters, no control characters.
  /// Fails with wrong_value and a sentence that says which rule was broken.
  [[nodiscard]] static result<node_name> parse(std::string_view full);

  /// `city_a@127.0.0.1`
  [[nodiscard]] const std::string& full() const noexcept { return full_; }
  /// `city_a`: what epmd knows.
  [[nodiscard]] std::string_view name() const noexcept {
    return std::string_view(full_).substr(0, at_);
  }
  /// `127.0.0.1`
  [[nodiscard]] std::string_view host() const noexcept {
    return std::string_view(full_).substr(at_ + 1);
  }
  /// A host with a dot (or an IPv6 literal) makes a long name. Nodes with long and short names
  /// do not talk to each other.
  [[nodiscard]] bool is_long() const noexcept {
    return host().find_first_of(".:") != std::string_view::npos;
  }
  [[nodiscard]] bool empty() const noexcept { return full_.empty(); }

  friend bool operator==(const node_name&, const node_name&) = default;
  friend auto operator<=>(const node_name& a, const node_name& b) { return a.full_ <=> b.full_; }

 private:
  std::string full_;
  std::size_t at_ = 0;
};

}  // namespace beamnode::etf

#pragma once
/// What can go wrong between us and an epmd.

#include <beamnode/etf/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace beamnode::epmd {

enum class errc : std::uint8_t {
  none,
  name_invalid,     // empty, too long, or with an '@' or control characters
  name_taken,       // another node is registered under this name
  unknown_node,     // no node is registered under this name
  malformed_reply,  // bytes that are no reply to what was asked
  closed_early,     // the connection ended before the reply was complete
  host_not_found,   // the host's name resolves to no address
  unreachable,      // no epmd could be connected to
  timed_out,        // no complete reply in options::timeout
  cancelled,        // given up by our own side
};

/// One sentence part per code, e.g. "the name is already taken".
[[nodiscard]] std::string_view name_of(errc code) noexcept;

class error {
 public:
  error() = default;
  /// `detail`, when not empty, says more: who, which bytes, what the system said.
  explicit error(errc code, std::string detail = {}) : code_(code), detail_(std::move(detail)) {}

  [[nodiscard]] errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  /// The epmd that was asked, "host:port", once it is known which.
  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  [[nodiscard]] error at(std::string where) && {
    where_ = std::move(where);
    return std::move(*this);
  }
  /// A sentence: "epmd at 127.0.0.1:4369: the name is already taken: city_a".
  [[nodiscard]] std::string message() const;

 private:
  errc code_ = errc::none;
  std::string detail_;
  std::string where_;
};

template <class T> using result = etf::basic_result<T, error>;

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace beamnode::epmd

template <> struct std::is_error_code_enum<beamnode::epmd::errc> : std::true_type {};

#pragma once
/// How the value at which a reader failed is reached from the outermost one.

#include <beamnode/etf/reader.hpp>

#include <beamnode/etf/detail/field_names.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace beamnode::etf {

/// The path, as error::path() has it, of the value that begins at `failed` (or holds that byte).
/// Everything before `failed` has been read without a failure; `names` may be null.
std::string failure_path(bytes_view input, const std::uint8_t* failed, std::span<const atom> refs,
                         const detail::field_names* names);

/// Puts a path together from its steps, the outermost first, and leaves out the middle of long
/// ones.
class path_builder {
 public:
  explicit path_builder(std::size_t steps) noexcept : steps_(steps) {}

  /// Whether the next step is shown, and then to be appended.
  [[nodiscard]] bool next();
  void append_key(reader key);
  void append_index(std::size_t index);
  void append_text(std::string_view text) { path_ += text; }
  [[nodiscard]] std::string take() && { return std::move(path_); }

 private:
  static constexpr std::size_t max_shown = 16;

  std::string path_;
  std::size_t steps_;
  std::size_t passed_ = 0;
};

}  // namespace beamnode::etf

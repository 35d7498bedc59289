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

/// Adds one step to a path.
void append_key_step(std::string& path, reader key);
void append_index_step(std::string& path, std::size_t index);

}  // namespace beamnode::etf

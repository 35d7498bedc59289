#pragma once
/// How deep terms are nested to show that nothing recurses: deeper than a stack of 8 MiB can
/// follow.

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BEAMNODE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BEAMNODE_SANITIZED 1
#endif
#endif

namespace beamnode::test {

#if defined(BEAMNODE_SANITIZED)  // frames are larger, and everything takes longer
inline constexpr std::size_t deep_levels = 200'000;
#else
inline constexpr std::size_t deep_levels = 10'000'000;
#endif
/// For what takes many steps a level.
inline constexpr std::size_t fewer_deep_levels = deep_levels == 200'000 ? 100'000 : 1'000'000;

}  // namespace beamnode::test

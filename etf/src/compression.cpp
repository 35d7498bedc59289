#include <beamnode/etf/external.hpp>
#include <beamnode/etf/tag.hpp>

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace beamnode::etf {
namespace {

constexpr std::size_t header = 6;         // 131, 80, size
constexpr std::size_t best_ratio = 1032;  // deflate cannot do better
constexpr std::size_t max_chunk = std::numeric_limits<uInt>::max();

class inflation {
 public:
  explicit inflation(bytes_view input) noexcept : usable_(inflateInit(&stream_) == Z_OK) {
    // zlib reads through a pointer to non-const and does not write.
    stream_.next_in =
        const_cast<Bytef*>(input.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    stream_.avail_in = static_cast<uInt>(input.size());
  }
  inflation(const inflation&) = delete;
  inflation& operator=(const inflation&) = delete;
  ~inflation() {
    if (usable_) inflateEnd(&stream_);
  }

  int run(std::uint8_t* to, std::size_t room) noexcept {
    if (!usable_) return Z_MEM_ERROR;
    stream_.next_out = to;
    stream_.avail_out = static_cast<uInt>(room);
    return ::inflate(&stream_, Z_FINISH);
  }
  [[nodiscard]] std::size_t written() const noexcept { return stream_.total_out; }
  [[nodiscard]] std::size_t unread() const noexcept { return stream_.avail_in; }

 private:
  z_stream stream_{};
  bool usable_;
};

}  // namespace

result<bytes_view> strip_version(bytes_view input) {
  if (input.empty()) return error{errc::truncated};
  if (input[0] != version_magic) return error{errc::bad_version};
  if (input.size() > 1 && input[1] == version_magic) return error{errc::unknown_tag, 1};
  return input.subspan(1);
}

bool is_compressed(bytes_view input) noexcept {
  return input.size() >= 2 && input[0] == version_magic &&
         input[1] == static_cast<std::uint8_t>(tag::compressed);
}

result<byte_buffer> inflate(bytes_view input, const limits& bounds) {
  if (input.empty()) return error{errc::truncated};
  if (input[0] != version_magic) return error{errc::bad_version};
  if (input.size() > 1 && !is_compressed(input)) return error{errc::wrong_type, 1};
  if (input.size() <= header) return error{errc::truncated, 1};
  const std::size_t promised = load_big<std::uint32_t>(input.data() + 2);
  if (promised > bounds.inflated || promised >= max_chunk) {
    return error{errc::inflated_too_large, 1};
  }
  const bytes_view packed = input.subspan(header);
  if (packed.size() > max_chunk) return error{errc::too_large, 1};
  if (promised / best_ratio > packed.size()) return error{errc::bad_compression, 1};

  byte_buffer term;
  inflation run{packed};
  // One byte more than promised shows whether there is more.
  const int outcome = run.run(term.extend(promised + 1), promised + 1);
  const bool is_full = run.written() > promised;
  if (outcome == Z_BUF_ERROR && !is_full && run.unread() == 0) return error{errc::truncated, 1};
  if (outcome != Z_STREAM_END || run.written() != promised) return error{errc::bad_compression, 1};
  if (run.unread() != 0) return error{errc::trailing_bytes, input.size() - run.unread()};
  term.truncate(promised);
  return term;
}

byte_buffer deflate(bytes_view encoded, int level) {
  byte_buffer packed;
  if (encoded.size() <= header || encoded.size() - 1 >= max_chunk) return byte_buffer{encoded};
  const bytes_view bare = encoded.subspan(1);
  // Room for one byte less than would be no gain.
  uLongf size = encoded.size() - header - 1;
  std::uint8_t* const to = packed.extend(header + size);
  to[0] = version_magic;
  to[1] = static_cast<std::uint8_t>(tag::compressed);
  store_big(to + 2, static_cast<std::uint32_t>(bare.size()));
  if (compress2(to + header, &size, bare.data(), bare.size(), std::clamp(level, 1, 9)) != Z_OK) {
    return byte_buffer{encoded};
  }
  packed.truncate(header + size);
  return packed;
}

}  // namespace beamnode::etf

#pragma once
/// Bytes on their way out, in order: small messages in one growing buffer, and between them large
/// pieces that stay where they are.

#include <beamnode/etf/byte_buffer.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <span>

namespace beamnode::dist {

class send_queue {
 public:
  /// A buffer above this is given back once it is empty.
  static constexpr std::size_t kept_size = std::size_t{1024} * 1024;

  /// Where to append small messages. What is appended must be told by appended().
  [[nodiscard]] etf::byte_buffer& bytes() noexcept { return bytes_; }
  /// `count` bytes were appended to bytes().
  void appended(std::size_t count) noexcept { pending_ += count; }
  /// Goes behind all that is there; `owner` keeps it alive until it has left.
  void splice(etf::bytes_view piece, std::shared_ptr<const etf::byte_buffer> owner);

  /// The next bytes to write, as many views as fit into `into`; returns how many were filled. They
  /// are valid until anything is appended or written.
  [[nodiscard]] std::size_t front(std::span<etf::bytes_view> into) const noexcept;
  /// The first `count` bytes have left.
  void written(std::size_t count) noexcept;

  /// Bytes that have not left yet.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

 private:
  /// A large piece that comes behind the first `at` bytes of bytes_.
  struct large_piece {
    std::size_t at;
    etf::bytes_view piece;
    std::shared_ptr<const etf::byte_buffer> owner;
  };

  etf::byte_buffer bytes_;
  std::size_t begin_ = 0;  // of what has not left of bytes_
  std::list<large_piece> pieces_;
  std::size_t pending_ = 0;
};

}  // namespace beamnode::dist

#pragma once
/// Messages that wait for their time, found by the number of their reference. One block of memory
/// for each, with its message; the table beside them grows with how many there are.

#include "runtime/envelope.hpp"

#include <beamnode/node/receive.hpp>
#include <beamnode/node/signals.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace beamnode::runtime {

class shard;

class delayed_send : public timer {
 public:
  shard* home = nullptr;

  [[nodiscard]] const destination& to() const noexcept { return to_; }
  [[nodiscard]] etf::bytes_view message() const noexcept { return content_->view(); }

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* block, std::size_t size) noexcept { pool_free(block, size); }

 private:
  friend class delayed_sends;
  delayed_send(std::uint64_t number, const destination& to, etf::bytes_view message)
      : number_(number), to_(to), content_(envelope::make(message)) {}

  std::uint64_t number_;
  delayed_send* next_ = nullptr;  // of those in the same place of the table
  destination to_;
  envelope_ptr content_;
};

class delayed_sends {
 public:
  delayed_sends() = default;
  delayed_sends(const delayed_sends&) = delete;
  delayed_sends& operator=(const delayed_sends&) = delete;
  ~delayed_sends();

  /// `number` must be new.
  delayed_send& add(std::uint64_t number, const destination& to, etf::bytes_view message);
  [[nodiscard]] delayed_send* find(std::uint64_t number) const noexcept;
  void remove(delayed_send& gone) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  /// Numbers are given in turn: their low bits spread them well, and neighbours lie together.
  [[nodiscard]] std::size_t place_of(std::uint64_t number) const noexcept {
    return static_cast<std::size_t>(number) & (table_.size() - 1);
  }
  void resize(std::size_t places);

  std::vector<delayed_send*> table_;  // empty, or a power of two of chains
  std::size_t size_ = 0;
};

}  // namespace beamnode::runtime

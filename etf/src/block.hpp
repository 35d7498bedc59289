#pragma once
/// The memory behind the terms of one message: chunks that are filled from the front and freed
/// together, when the last term that points into them is gone.
///
/// Every value in a block has a pointer to the block beside it, so that any part can hold on to the
/// whole:
///     tuple      [block] cells...
///     map        [order] [block] key value key value ...
///     list       cells... tail [block]          (so the rest of a list is a list)
///     byte_list  bytes... padding [block]
///     others     [block] payload
///
/// A large binary of a message that came in a buffer of its own stays there: its payload is the
/// pointer to its first byte, and the block holds on to the buffer.

#include <beamnode/etf/shared_buffer.hpp>
#include <beamnode/etf/term.hpp>

#include <atomic>
#include <cstring>

namespace beamnode::etf::detail {

/// What a map's order field points to: positions of pairs such that their keys ascend in the
/// canonical order of compare.hpp. Null: the pairs as they stand do.
using pair_order = const std::uint32_t*;

struct fun_payload {
  std::array<std::uint8_t, 16> uniq;
  std::int64_t old_index;
  std::int64_t old_uniq;
  pid creator;
  std::uint32_t index;
  atom module;
  std::uint64_t arity;
  // cells follow
};
static_assert(sizeof(fun_payload) % 8 == 0);

struct record_payload {
  atom module;
  atom name;
  std::uint64_t exported;
  // cells follow, then the names of the fields
};
static_assert(sizeof(record_payload) % 8 == 0);

/// Of the pointer to its block that every value has beside it.
constexpr std::size_t pointer_size = sizeof(void*);

constexpr std::size_t round_up(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

template <class T> const T& payload(const cell& c) noexcept {
  return *static_cast<const T*>(c.box);
}

/// The elements of a tuple, record or fun, or the keys and values of a map.
inline const cell* cells_of(const cell& c) noexcept {
  switch (c.what) {
    case form::fun: return reinterpret_cast<const cell*>(&payload<fun_payload>(c) + 1);
    case form::record: return reinterpret_cast<const cell*>(&payload<record_payload>(c) + 1);
    default: return c.cells;
  }
}

/// The names of a record's fields.
inline const atom* fields_of(const cell& record) noexcept {
  return reinterpret_cast<const atom*>(cells_of(record) + record.aux);
}

/// Of a bit string, wherever they are, or the magnitude of a big integer.
inline const std::uint8_t* bytes_of(const cell& c) noexcept {
  return c.is_shared ? payload<const std::uint8_t*>(c) : c.bytes;
}
inline bytes_view content_of(const cell& c) noexcept { return {bytes_of(c), c.aux}; }

inline pair_order order_of(const cell& map) noexcept {
  pair_order order = nullptr;
  std::memcpy(&order, map.bytes - 16, sizeof order);
  return order;
}

inline bool is_cons(const cell& c) noexcept {
  return c.what == form::list || c.what == form::byte_list;
}

extern const std::array<cell, 256> byte_cells;

/// First element of a list that is_cons().
inline const cell& head_of(const cell& list) noexcept {
  return list.what == form::list ? *list.cells : byte_cells[*list.bytes];
}

/// The rest of a list that is_cons().
inline cell tail_of(const cell& list) noexcept {
  cell rest = list;
  if (list.what == form::list) {
    if (list.aux == 1) return list.cells[1];
    ++rest.cells;
  } else {
    if (list.aux == 1) return {};
    ++rest.bytes;
  }
  --rest.aux;
  return rest;
}

/// One chunk is the block itself, the others hang from it.
class block {
 public:
  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy();
    }
  }

 private:
  friend class block_builder;
  void destroy() noexcept;

  std::atomic<std::size_t> references_{1};
  block* next_chunk_ = nullptr;
  /// What some of its values share, if any; it lies in the block too.
  shared_buffer* shared_ = nullptr;
};

/// Fills a block while one message is decoded.
class block_builder {
 public:
  /// `input`: bytes of the message, from which chunk sizes are estimated.
  explicit block_builder(std::size_t input) noexcept : input_(input) {}
  block_builder(const block_builder&) = delete;
  block_builder& operator=(const block_builder&) = delete;
  ~block_builder() {
    if (block_ != nullptr) block_->release();
  }

  /// Room for `bytes` (a multiple of 8) for what was found with `left` bytes of input to go. Throws
  /// std::bad_alloc.
  std::uint8_t* take(std::size_t bytes, std::size_t left) {
    if (static_cast<std::size_t>(end_ - next_) < bytes) add_chunk(bytes, left);
    std::uint8_t* const taken = next_;
    next_ += bytes;
    return taken;
  }

  /// Room for `bytes` with the pointer to the block before it.
  std::uint8_t* take_boxed(std::size_t bytes, std::size_t left) {
    std::uint8_t* const taken = take(bytes + pointer_size, left);
    put_block(taken);
    return taken + pointer_size;
  }
  void put_block(std::uint8_t* at) noexcept { std::memcpy(at, &block_, pointer_size); }

  [[nodiscard]] bool holds_buffer() const noexcept {
    return block_ != nullptr && block_->shared_ != nullptr;
  }
  /// Has the block, of which something has been taken already, keep the buffer alive.
  void hold(const shared_buffer& buffer, std::size_t left);

  /// What lies in the block, while it is being filled.
  static std::uint8_t* writable(const std::uint8_t* inside) noexcept {
    return const_cast<std::uint8_t*>(inside);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  }

  /// The block now belongs to the caller: one count is held.
  void hand_over() noexcept { block_ = nullptr; }

 private:
  void add_chunk(std::size_t bytes, std::size_t left);

  std::size_t input_;
  block* block_ = nullptr;
  std::uint8_t* next_ = nullptr;
  std::uint8_t* end_ = nullptr;
  std::size_t filled_ = 0;  // bytes taken from earlier chunks
  std::uint8_t* start_ = nullptr;
};

}  // namespace beamnode::etf::detail

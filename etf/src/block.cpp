#include "block.hpp"

#include <algorithm>
#include <memory>
#include <new>

namespace beamnode::etf::detail {
namespace {

constexpr std::size_t usual_density = 4;  // bytes of block per byte of input
constexpr std::size_t first_chunk = 8192;
constexpr std::size_t largest_estimate = 4'194'304;

block* block_of(const cell& c) noexcept {
  const std::uint8_t* at = nullptr;
  switch (c.what) {
    case form::list: at = reinterpret_cast<const std::uint8_t*>(c.cells + c.aux + 1); break;
    case form::byte_list: {
      const std::uint8_t* const end = c.bytes + c.aux;
      at = end + (-reinterpret_cast<std::uintptr_t>(end) & 7U);
      break;
    }
    default: at = c.bytes - pointer_size; break;
  }
  block* found = nullptr;
  std::memcpy(&found, at, pointer_size);
  return found;
}

consteval std::array<cell, 256> make_byte_cells() {
  std::array<cell, 256> cells{};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells.at(i).integer = static_cast<std::int64_t>(i);
    cells.at(i).what = form::integer;
  }
  return cells;
}

}  // namespace

constinit const std::array<cell, 256> byte_cells = make_byte_cells();

void retain(const cell& c) noexcept { block_of(c)->retain(); }
void release(const cell& c) noexcept { block_of(c)->release(); }

void block::destroy() noexcept {
  if (shared_ != nullptr) std::destroy_at(shared_);
  for (block* chunk = this; chunk != nullptr;) {
    block* const next = chunk->next_chunk_;
    ::operator delete(chunk);
    chunk = next;
  }
}

void block_builder::hold(const shared_buffer& buffer, std::size_t left) {
  block_->shared_ = ::new (take(sizeof(shared_buffer), left)) shared_buffer(buffer);
}

void block_builder::add_chunk(std::size_t bytes, std::size_t left) {
  // What most messages take, and if that was too little, enough to keep the chunks few.
  std::size_t wanted = usual_density * left + 64;
  if (block_ == nullptr) {
    wanted = std::min(usual_density * input_ + 64, first_chunk);
  } else {
    filled_ += static_cast<std::size_t>(next_ - start_);
    wanted = std::min(std::max(wanted, filled_ / 8), largest_estimate);
  }
  const std::size_t room = std::max(bytes, round_up(wanted));
  auto* const chunk = new (::operator new(sizeof(block) + room)) block;
  if (block_ == nullptr) {
    block_ = chunk;
  } else {
    chunk->next_chunk_ = block_->next_chunk_;
    block_->next_chunk_ = chunk;
  }
  start_ = reinterpret_cast<std::uint8_t*>(chunk + 1);
  next_ = start_;
  end_ = start_ + room;
}

}  // namespace beamnode::etf::detail

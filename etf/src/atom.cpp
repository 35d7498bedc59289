#include <beamnode/etf/atom.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>

#include "utf8.hpp"

namespace beamnode::etf {
namespace {

// Everything here is constant-initialised and never destroyed, so that atoms work before main()
// and behind its end.

struct entry {
  const char* text = nullptr;
  std::uint32_t length = 0;
  std::uint32_t hash = 0;
};

// A slot is 0, or an atom's index in its low bits and some of the hash in the others, which spares
// most looks at entries of other atoms.
constexpr unsigned index_bits = 20;
constexpr std::uint32_t index_mask = (1U << index_bits) - 1;
static_assert(atom::table_capacity == index_mask + 1);

struct hash_index {
  std::uint32_t mask = 0;
  std::atomic<std::uint32_t>* slots = nullptr;
  hash_index* outgrown = nullptr;  // readers may still be in it
};

constexpr std::size_t chunk_size = 4096;
constexpr std::size_t first_slots = 8192;
constexpr std::size_t text_block_size = 65536;
using chunk = std::array<entry, chunk_size>;

constinit chunk first_chunk{};
constinit std::array<std::atomic<std::uint32_t>, first_slots> first_index_slots{};
constinit hash_index first_index{first_slots - 1, first_index_slots.data(), nullptr};

constinit std::array<std::atomic<chunk*>, atom::table_capacity / chunk_size> chunks{&first_chunk};
constinit std::atomic<hash_index*> current_index{&first_index};
constinit std::atomic<std::uint32_t> atom_count{1};  // '' is there from the start

constinit std::mutex insertion;
constinit char* text_block = nullptr;  // begins with a pointer to the block before it
constinit std::size_t text_used = text_block_size;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

template <class T> T load(const char* from) noexcept {
  T value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

// The last bytes of a text that has `size`, at most 8 of them new to whom has read the others by
// eights.
std::uint64_t load_last(const char* from, std::size_t size) noexcept {
  if (size >= 8) return load<std::uint64_t>(from + size - 8);
  if (size >= 4) {
    return load<std::uint32_t>(from) | std::uint64_t{load<std::uint32_t>(from + size - 4)} << 32U;
  }
  const auto byte = [from](std::size_t at) { return std::uint64_t{load<std::uint8_t>(from + at)}; };
  return size == 0 ? 0 : byte(0) | byte(size / 2) << 8U | byte(size - 1) << 16U;
}

// Keyed by where the program was loaded, so that a peer cannot choose names that collide.
std::uint32_t hash_of(std::string_view text) noexcept {
  constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15U;
  std::uint64_t hash = std::hash<const void*>{}(&first_chunk) ^ (text.size() * odd);
  for (std::size_t at = 0; at + 8 < text.size(); at += 8) {
    hash = mix(hash ^ load<std::uint64_t>(text.data() + at), odd);
  }
  hash = mix(hash ^ load_last(text.data(), text.size()), 0xD1B5'4A32'D192'ED03U);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

bool are_equal(const char* a, const char* b, std::size_t size) noexcept {
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (load<std::uint64_t>(a + at) != load<std::uint64_t>(b + at)) return false;
  }
  return load_last(a, size) == load_last(b, size);
}

const entry& entry_of(std::uint32_t index) noexcept {
  return (*chunks[index / chunk_size].load(std::memory_order_acquire))[index % chunk_size];
}

std::uint32_t slot_value(std::uint32_t index, std::uint32_t hash) noexcept {
  return index | (hash & ~index_mask);
}

std::uint32_t look_up(std::string_view text, std::uint32_t hash) noexcept {
  const hash_index& table = *current_index.load(std::memory_order_acquire);
  for (std::uint32_t at = hash;; ++at) {
    const std::uint32_t slot = table.slots[at & table.mask].load(std::memory_order_acquire);
    if (slot == 0) return 0;
    if (((slot ^ hash) & ~index_mask) != 0) continue;
    const entry& found = entry_of(slot & index_mask);
    if (found.hash == hash && found.length == text.size() &&
        are_equal(found.text, text.data(), text.size())) {
      return slot & index_mask;
    }
  }
}

void put(const hash_index& table, std::uint32_t index, std::uint32_t hash) noexcept {
  std::uint32_t at = hash;
  while (table.slots[at & table.mask].load(std::memory_order_relaxed) != 0) ++at;
  table.slots[at & table.mask].store(slot_value(index, hash), std::memory_order_release);
}

bool make_room(std::uint32_t count) noexcept {
  hash_index* const old = current_index.load(std::memory_order_relaxed);
  if (count * 2U <= old->mask) return true;
  const std::uint32_t size = (old->mask + 1) * 2;
  auto* const slots = new (std::nothrow) std::atomic<std::uint32_t>[size] {};
  auto* const grown = new (std::nothrow) hash_index{size - 1, slots, old};
  if (slots == nullptr || grown == nullptr) {
    delete[] slots;
    delete grown;
    return false;
  }
  for (std::uint32_t index = 1; index < count; ++index) put(*grown, index, entry_of(index).hash);
  current_index.store(grown, std::memory_order_release);
  return true;
}

const char* keep(std::string_view text) noexcept {
  if (text_block_size - text_used < text.size()) {
    char* const block = new (std::nothrow) char[text_block_size];
    if (block == nullptr) return nullptr;
    std::memcpy(block, &text_block, sizeof text_block);
    text_block = block;
    text_used = sizeof text_block;
  }
  char* const kept = text_block + text_used;
  std::memcpy(kept, text.data(), text.size());
  text_used += text.size();
  return kept;
}

std::uint32_t add(std::string_view text, std::uint32_t hash) noexcept {
  const std::uint32_t index = atom_count.load(std::memory_order_relaxed);
  if (index == atom::table_capacity || !make_room(index)) return 0;
  std::atomic<chunk*>& home = chunks[index / chunk_size];
  if (home.load(std::memory_order_relaxed) == nullptr) {
    auto* const fresh = new (std::nothrow) chunk{};
    if (fresh == nullptr) return 0;
    home.store(fresh, std::memory_order_release);
  }
  const char* const kept = keep(text);
  if (kept == nullptr) return 0;
  (*home.load(std::memory_order_relaxed))[index % chunk_size] = {
      kept, static_cast<std::uint32_t>(text.size()), hash};
  put(*current_index.load(std::memory_order_relaxed), index, hash);
  atom_count.store(index + 1, std::memory_order_release);
  return index;
}

}  // namespace

atom::atom(std::string_view text) : atom(intern(text).value()) {}

result<atom> atom::intern(std::string_view text) {
  if (text.empty()) return atom{};
  const std::uint32_t hash = hash_of(text);
  if (const std::uint32_t known = look_up(text, hash); known != 0) return from_index(known);
  const std::optional<std::size_t> characters = utf8::count_characters(text);
  if (!characters) return error{errc::invalid_utf8};
  if (*characters > max_characters) return error{errc::atom_too_long};
  const std::scoped_lock lock(insertion);
  if (const std::uint32_t known = look_up(text, hash); known != 0) return from_index(known);
  if (const std::uint32_t added = add(text, hash); added != 0) return from_index(added);
  return error{errc::too_many_atoms};
}

std::optional<atom> atom::find(std::string_view text) noexcept {
  if (text.empty()) return atom{};
  const std::uint32_t known = look_up(text, hash_of(text));
  if (known == 0) return std::nullopt;
  return from_index(known);
}

std::size_t atom::count() noexcept { return atom_count.load(std::memory_order_acquire); }

std::string_view atom::text() const noexcept {
  const entry& named = entry_of(index_);
  return {named.text, named.length};
}

}  // namespace beamnode::etf

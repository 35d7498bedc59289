#pragma once
/// A pull cursor over encoded terms. Zero-copy, never allocates, never throws.
///
/// Errors are sticky: the first failed read records what was wrong and where; from then on every
/// read returns a zero value at once. So decoding code is a straight line with one check at its end.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>
#include <beamnode/etf/error.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/etf/tag.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace beamnode::etf {

/// The start of a list. Its elements follow in the reader; LIST_EXT has a tail behind them, which
/// read_list_end() takes. STRING_EXT is a list whose elements are these bytes, already consumed.
struct list_header {
  std::size_t length = 0;
  bool is_string = false;
  bytes_view string;  // the elements of a STRING_EXT
};

/// Bits of a bit string: `bytes` and how many of the last byte's bits count (1 to 8, from the most
/// significant one; 8 for binaries, also empty ones).
struct bit_view {
  bytes_view bytes;
  std::uint8_t last_bits = 8;
};

/// A magnitude in little-endian bytes and its sign. Not normalised: leading zero bytes may be there.
struct big_view {
  bytes_view magnitude;
  bool negative = false;
};

class reader {
 public:
  /// Reads bare terms (no version byte). `atom_refs` are the atoms that ATOM_CACHE_REF names by
  /// index in distribution messages; the bytes and the atoms must outlive the reader.
  explicit reader(bytes_view input, std::span<const atom> atom_refs = {}) noexcept
      : begin_(input.data()), next_(input.data()), end_(input.data() + input.size()),
        atom_refs_(atom_refs) {}

  [[nodiscard]] bool ok() const noexcept { return code_ == errc::none; }
  /// The first failure, as a sentence with its offset; errc::none when ok().
  [[nodiscard]] error failure() const;
  [[nodiscard]] errc code() const noexcept { return code_; }
  [[nodiscard]] bool at_end() const noexcept { return next_ == end_; }
  /// Offset of the next value from the first byte.
  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(next_ - begin_);
  }
  [[nodiscard]] bytes_view rest() const noexcept {
    return {next_, static_cast<std::size_t>(end_ - next_)};
  }
  [[nodiscard]] std::span<const atom> atom_refs() const noexcept { return atom_refs_; }

  /// Kind of the next value, without consuming it. kind::none at the end and after a failure.
  [[nodiscard]] kind peek() const noexcept {
    return next_ == end_ ? kind::none : kind_of(*next_);
  }

  /// Integers of any encoding that fit; out_of_range otherwise.
  std::int64_t read_integer() noexcept;
  std::uint64_t read_unsigned() noexcept;
  /// An integer of any size (small ones too, in `scratch` of at least 8 bytes).
  big_view read_big(std::span<std::uint8_t, 8> scratch) noexcept;
  /// A float (new or old form); integers are not floats.
  double read_float() noexcept;
  /// An atom; interned if it was not.
  atom read_atom() noexcept;
  /// The next value if it is the atom `expected`, else wrong_value or wrong_type. Never interns.
  void expect_atom(atom expected) noexcept;
  /// Whether the next value is this atom. Consumes nothing and never interns.
  [[nodiscard]] bool next_is(atom expected) const noexcept;
  pid read_pid() noexcept;
  port read_port() noexcept;
  reference read_reference() noexcept;
  /// A binary (not a bit string with a partial last byte). A view into the input.
  bytes_view read_binary() noexcept;
  bit_view read_bits() noexcept;

  /// Arity; the elements follow.
  std::size_t read_tuple() noexcept;
  /// A tuple of exactly this arity, else wrong_arity.
  void expect_tuple(std::size_t arity) noexcept;
  /// [] counts as a list of length 0 with no end to read.
  list_header read_list() noexcept;
  /// Behind the elements of a list_header with length > 0 and !is_string: takes its tail, which must
  /// be [] or a further non-empty list. Returns the header of that further list (length 0: it ended).
  list_header read_list_end() noexcept;
  /// Number of pairs; key, value, key, ... follow.
  std::size_t read_map() noexcept;

  /// Passes over one whole term of any depth, without recursion, and returns its bytes. Checks the
  /// structure only as far as it must to find the end; validate() checks everything.
  bytes_view skip() noexcept;

  /// Fails on purpose at the value that begins at `at` (default: the next one). For codecs.
  void fail(errc code, kind expected = kind::none) noexcept { fail_at(next_, code, expected); }
  void fail_at(const std::uint8_t* at, errc code, kind expected = kind::none) noexcept;
  [[nodiscard]] const std::uint8_t* position() const noexcept { return next_; }

 private:
  friend class decoder;

  const std::uint8_t* begin_;
  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::span<const atom> atom_refs_;
  const std::uint8_t* failed_at_ = nullptr;
  errc code_ = errc::none;
  kind expected_ = kind::none;
};

}  // namespace beamnode::etf

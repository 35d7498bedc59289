#pragma once
/// A pull cursor over encoded terms. Zero-copy, never allocates, never throws.
///
/// Errors are sticky: the first failed read records what was wrong and where; from then on every
/// read returns a zero value at once. So decoding code is a straight line with one check at its
/// end.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>
#include <beamnode/etf/error.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/etf/limits.hpp>
#include <beamnode/etf/literal.hpp>
#include <beamnode/etf/shared_buffer.hpp>
#include <beamnode/etf/tag.hpp>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace beamnode::etf {

namespace detail {
class field_names;
}

/// What a codec wanted, as a failure's sentence says it behind "expected": "one of the atoms red,
/// green". Called only when the sentence is made.
using description = std::string (*)();

/// The start of a list. Its elements follow in the reader; LIST_EXT has a tail behind them, which
/// read_list_end() takes. STRING_EXT is a list whose elements are these bytes, already consumed.
struct list_header {
  std::size_t length = 0;
  bool is_string = false;
  bytes_view string;  // the elements of a STRING_EXT
};

/// The start of a native record: its module, its name, the names of its fields and then their
/// values follow.
struct record_header {
  std::size_t fields = 0;
  bool exported = false;
};

/// Bits of a bit string: `bytes` and how many of the last byte's bits count (1 to 8, from the most
/// significant one; 8 for binaries, also empty ones).
struct bit_view {
  bytes_view bytes;
  std::uint8_t last_bits = 8;
};

/// A magnitude in little-endian bytes and its sign. Not normalised: leading zero bytes may be
/// there.
struct big_view {
  bytes_view magnitude;
  bool negative = false;
};

class reader {
 public:
  /// Integers with a longer magnitude are refused (too_large); the BEAM holds none longer either.
  static constexpr std::size_t max_big_bytes = std::size_t{8} * 1024 * 1024;
  /// How deep descend() goes.
  static constexpr std::uint32_t max_typed_depth = 512;
  /// What a tuple can hold.
  static constexpr std::size_t max_arity = 0xFF'FFFF;

  /// Reads bare terms (no version byte). `atom_refs` are the atoms that ATOM_CACHE_REF names by
  /// index in distribution messages; the bytes and the atoms must outlive the reader. `buffer`, if
  /// given, is where the bytes lie (and outlives the reader): terms may then share it, so that
  /// their large binaries need not be copied.
  explicit reader(bytes_view input, std::span<const atom> atom_refs = {},
                  const shared_buffer* buffer = nullptr) noexcept
      : begin_(input.data()),
        next_(input.data()),
        end_(input.data() + input.size()),
        atom_refs_(atom_refs),
        buffer_(buffer) {}

  [[nodiscard]] bool ok() const noexcept { return code_ == errc::none; }
  /// The first failure, as a sentence with its path and offset; errc::none when ok(). Walks the
  /// input up to the value at fault, which the reads before it need not prepare.
  [[nodiscard]] error failure() const;
  [[nodiscard]] errc code() const noexcept { return code_; }
  [[nodiscard]] bool at_end() const noexcept { return next_ == end_; }
  /// Offset of the next value from the first byte.
  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(next_ - begin_);
  }
  [[nodiscard]] bytes_view rest() const noexcept { return {next_, remaining()}; }
  /// How many bytes are left.
  [[nodiscard]] std::size_t remaining() const noexcept {
    return static_cast<std::size_t>(end_ - next_);
  }
  [[nodiscard]] std::span<const atom> atom_refs() const noexcept { return atom_refs_; }
  [[nodiscard]] const shared_buffer* buffer() const noexcept { return buffer_; }
  /// How many atoms that the process does not have yet this reader (and copies of it made later)
  /// may still add; then read_atom() fails with too_many_atoms. At first limits{}.new_atoms.
  void limit_new_atoms(std::size_t count) noexcept { new_atoms_left_ = count; }

  /// Kind of the next value, without consuming it. kind::none at the end and after a failure.
  [[nodiscard]] kind peek() const noexcept {
    if (next_ == end_) return kind::none;
    return *next_ == byte(tag::list) ? peek_list() : kind_of(*next_);
  }

  /// The version byte 131, which begins terms outside distribution messages; else bad_version.
  void read_version() noexcept {
    if (next_ != end_ && *next_ == version_magic) {
      ++next_;
    } else {
      fail(next_ == end_ ? errc::truncated : errc::bad_version);
    }
  }

  /// Integers of any encoding that fit; out_of_range otherwise.
  std::int64_t read_integer() noexcept {
    if (next_is_small_integer()) return take_small_integer();
    if (next_is_integer()) return take_integer();
    return read_other_integer();
  }
  std::uint64_t read_unsigned() noexcept {
    return next_is_small_integer() ? take_small_integer() : read_other_unsigned();
  }
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
  /// The same for atoms whose text is known when compiling.
  template <fixed_text Text> void expect_atom(literal<Text> expected) noexcept {
    if (next_is_plain(expected)) {
      next_ += expected.encoded.size();
    } else {
      expect_atom(expected.value());
    }
  }
  template <fixed_text Text> [[nodiscard]] bool next_is(literal<Text> expected) const noexcept {
    if (next_is_plain(expected)) return true;
    // There is one such encoding of each atom.
    const bool is_another = expected.is_plain && next_ != end_ && *next_ == expected.encoded[0];
    return !is_another && next_is(expected.value());
  }
  pid read_pid() noexcept;
  port read_port() noexcept;
  reference read_reference() noexcept;
  /// A binary (not a bit string with a partial last byte). A view into the input.
  bytes_view read_binary() noexcept {
    if (remaining() >= 5 && *next_ == byte(tag::binary)) {
      const std::size_t size = load_big<std::uint32_t>(next_ + 1);
      if (remaining() - 5 >= size) {
        const bytes_view content{next_ + 5, size};
        next_ += 5 + size;
        return content;
      }
    }
    return read_other_binary();
  }
  bit_view read_bits() noexcept;

  /// Arity; the elements follow, and at least as many bytes as elements.
  std::size_t read_tuple() noexcept {
    if (remaining() >= 2 && *next_ == byte(tag::small_tuple) && remaining() - 2 >= next_[1]) {
      const std::size_t arity = next_[1];
      next_ += 2;
      return arity;
    }
    return read_other_tuple();
  }
  /// A tuple of exactly this arity, else wrong_arity.
  void expect_tuple(std::size_t arity) noexcept {
    const std::uint8_t* const at = next_;
    if (read_tuple() != arity) fail_wanting(at, errc::wrong_arity, kind::tuple, arity);
  }
  /// [] counts as a list of length 0 with no end to read. At least as many bytes as elements
  /// follow.
  list_header read_list() noexcept {
    if (remaining() >= 6 && *next_ == byte(tag::list)) {
      const std::size_t length = load_big<std::uint32_t>(next_ + 1);
      if (length != 0 && remaining() - 6 >= length) {
        next_ += 5;
        return {length, false, {}};
      }
    }
    return read_other_list();
  }
  /// Behind the elements of a list_header with length > 0 and !is_string: takes its tail, which
  /// must be [] or a further non-empty list. Returns the header of that further list (length 0: it
  /// ended).
  list_header read_list_end() noexcept {
    if (next_ == end_ || *next_ != byte(tag::nil)) return read_other_list_end();
    ++next_;
    return {};
  }
  /// Number of pairs; key, value, key, ... follow. At least two bytes per pair follow.
  std::size_t read_map() noexcept;
  /// A native record (OTP 29). At least as many bytes as its atoms and values need follow.
  record_header read_record() noexcept;

  /// Passes over one whole term of any depth, without recursion, and returns its bytes. Checks the
  /// structure only as far as it must to find the end; validate() checks everything.
  bytes_view skip() noexcept;

  /// Fails on purpose at the value that begins at `at` (default: the next one). For codecs.
  void fail(errc code, kind expected = kind::none) noexcept { fail_at(next_, code, expected); }
  void fail_at(const std::uint8_t* at, errc code, kind expected = kind::none) noexcept;
  void fail_at(const std::uint8_t* at, errc code, description expected) noexcept;
  /// Fails because the next value is not of this kind: wrong_type, or what else is wrong with it
  /// (truncated, unknown_tag, refused_tag).
  void fail_expecting(kind expected) noexcept;
  /// Fails because the next value is none of those described: wrong_value if it is of this kind,
  /// else as fail_expecting(expected).
  void fail_expecting(kind expected, description which) noexcept;
  [[nodiscard]] const std::uint8_t* position() const noexcept { return next_; }
  /// Where the value that failed begins; nullptr when ok().
  [[nodiscard]] const std::uint8_t* failed_position() const noexcept { return failed_at_; }

  /// For codecs that call others for what is inside a value: goes one level down, or fails with
  /// too_deep. Types that contain themselves would follow the input without end otherwise. False
  /// after a failure; each true is followed by one ascend().
  [[nodiscard]] bool descend() noexcept {
    if (depth_ == max_typed_depth) fail(errc::too_deep);
    if (!ok()) return false;
    ++depth_;
    return true;
  }
  void ascend() noexcept { --depth_; }

  /// For codecs of structs that are tuples, after they failed: how the elements of the tuple that
  /// begins at `at` are called, for the failure's path.
  void name_elements(const std::uint8_t* at, std::string (*name)(std::size_t index)) const;
  /// For codecs of keyword lists, after they failed: the list that begins at `at` is one.
  void name_keys(const std::uint8_t* at) const { name_elements(at, nullptr); }
  /// Where the two above leave their names, if anywhere.
  void collect_names(detail::field_names& into) noexcept { names_ = &into; }

 private:
  friend class decoder;

  template <fixed_text Text>
  [[nodiscard]] bool next_is_plain(literal<Text> expected) const noexcept {
    return expected.is_plain && remaining() >= expected.encoded.size() &&
           std::memcmp(next_, expected.encoded.data(), expected.encoded.size()) == 0;
  }

  struct atom_name;
  struct small_word {
    std::uint64_t magnitude = 0;
    bool negative = false;
    bool fits = false;
  };

  static constexpr std::uint32_t any = 0xFFFF'FFFF;
  static constexpr std::uint8_t byte(tag t) noexcept { return static_cast<std::uint8_t>(t); }

  [[nodiscard]] bool next_is_small_integer() const noexcept {
    return remaining() >= 2 && *next_ == byte(tag::small_integer);
  }
  [[nodiscard]] bool next_is_integer() const noexcept {
    return remaining() >= 5 && *next_ == byte(tag::integer);
  }
  std::uint8_t take_small_integer() noexcept {
    const std::uint8_t value = next_[1];
    next_ += 2;
    return value;
  }
  std::int32_t take_integer() noexcept {
    const auto value = static_cast<std::int32_t>(load_big<std::uint32_t>(next_ + 1));
    next_ += 5;
    return value;
  }
  template <class T> T take() noexcept {
    const T value = load_big<T>(next_);
    next_ += sizeof(T);
    return value;
  }

  std::int64_t read_other_integer() noexcept;
  std::uint64_t read_other_unsigned() noexcept;
  [[nodiscard]] bool next_is_word() const noexcept;
  small_word take_word() noexcept;
  small_word read_word() noexcept;
  bytes_view read_other_binary() noexcept;
  std::size_t read_other_tuple() noexcept;
  list_header read_other_list() noexcept;
  list_header read_other_list_end() noexcept;
  double read_float_text() noexcept;
  [[nodiscard]] kind peek_list() const noexcept;
  void pass_empty_list_headers() noexcept;
  [[nodiscard]] bool starts(tag t) const noexcept { return next_ != end_ && *next_ == byte(t); }
  [[nodiscard]] bool has(std::size_t count) noexcept;
  errc scan_atom(atom_name& name) noexcept;
  [[nodiscard]] atom intern(const atom_name& name, errc& code) noexcept;
  [[nodiscard]] atom read_node(const std::uint8_t* identifier, std::size_t bytes_behind) noexcept;
  void read_words(reference& into, const std::uint8_t* at, std::size_t count) noexcept;
  void fail_wanting(const std::uint8_t* at, errc code, kind expected, std::size_t which) noexcept;
  [[nodiscard]] std::string describe_expected() const;
  [[nodiscard]] std::string describe_failed() const;
  [[nodiscard]] std::string describe_failure() const;

  const std::uint8_t* begin_;
  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::span<const atom> atom_refs_;
  const shared_buffer* buffer_;
  std::size_t new_atoms_left_ = limits{}.new_atoms;
  const std::uint8_t* failed_at_ = nullptr;
  errc code_ = errc::none;
  kind expected_ = kind::none;
  std::uint32_t depth_ = 0;
  /// The atom or the arity that was expected.
  std::uint32_t which_ = any;
  description describe_ = nullptr;
  detail::field_names* names_ = nullptr;
};

}  // namespace beamnode::etf

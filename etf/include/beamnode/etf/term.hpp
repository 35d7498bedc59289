#pragma once
/// Any Erlang value, when its shape is not known beforehand.
///
/// A term is immutable and 16 bytes. Small integers (64 bits), floats, atoms, [] and `fun M:F/A`
/// are held inside; everything else lies in the block that decoding made for the whole message.
/// Copying a term, or taking a part out of one, is at most one atomic increment and keeps that
/// whole block alive: compact() makes a copy that does not. Large binaries of a message that came
/// in a buffer of its own (see reader.hpp) are not copied: the block keeps that buffer alive too.
/// Terms may be shared between threads freely.
///
/// Every accessor is total: on another kind of value it returns nothing, zero or an empty range.
/// Nothing here recurses, so nesting is bounded by memory alone, in destruction too.
///
/// Decoding allocates at most 40 bytes per byte of input (usually 2 to 4; a list of []s takes 16),
/// and reserves nothing for a count that the remaining input cannot hold.

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/limits.hpp>

#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace beamnode::etf {

class term;

namespace detail {

enum class form : std::uint8_t {
  nil,
  integer,
  floating,
  atom,
  export_fun,
  // From here on the value lies in a block.
  tuple,
  list,       // aux cells, then the tail
  byte_list,  // aux bytes; proper
  map,
  bits,  // aux bytes; extra: how many bits of the last one count
  big,   // aux bytes of magnitude; extra: 1 if negative
  pid,
  port,
  reference,
  fun,     // aux free variables
  record,  // aux fields
};

/// What a term consists of. Cells inside a block own nothing.
struct cell {
  union {
    std::int64_t integer = 0;
    double floating;
    std::uint64_t word;
    const cell* cells;
    const std::uint8_t* bytes;
    const void* box;
  };
  std::uint32_t aux = 0;
  form what = form::nil;
  std::uint8_t extra = 0;
  bool is_shared = false;  // of bits: they lie in a buffer that the block shares
};
static_assert(sizeof(cell) == 16);

void retain(const cell& c) noexcept;
void release(const cell& c) noexcept;

inline const term& as_term(const cell& c) noexcept { return reinterpret_cast<const term&>(c); }

}  // namespace detail

/// `fun M:F/A`.
struct external_function {
  atom module;
  atom function;
  std::uint8_t arity = 0;
  friend bool operator==(const external_function&, const external_function&) noexcept = default;
};

/// A fun made by code in a module: opaque to everyone but that module. Its free variables are the
/// elements() of its term.
struct local_function {
  atom module;
  std::uint8_t arity = 0;
  std::uint32_t index = 0;
  std::array<std::uint8_t, 16> uniq{};
  std::int64_t old_index = 0;
  std::int64_t old_uniq = 0;
  /// Who made it; no part of its identity.
  pid creator;
};

/// A native record (OTP 29). Its values are the elements() of its term, in this order.
struct record_head {
  atom module;
  atom name;
  bool exported = false;
  std::span<const atom> fields;  // valid as long as a term of the same message
};

struct encode_options {
  /// Equal terms give equal bytes: maps are written in the order of their keys, as
  /// term_to_binary(Term, [deterministic]) does.
  bool deterministic = false;
  /// zlib's level, 1 to 9, or 0: not compressed. Terms that would not become smaller are not.
  int compression = 0;
};

class element_range;
class pair_range;

class term {
 public:
  /// []
  term() noexcept = default;
  term(atom value) noexcept {
    cell_.what = detail::form::atom;
    cell_.word = value.index();
  }
  term(const term& other) noexcept : cell_(other.cell_) {
    if (boxed()) detail::retain(cell_);
  }
  term(term&& other) noexcept : cell_(std::exchange(other.cell_, {})) {}
  term& operator=(term other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~term() {
    if (boxed()) detail::release(cell_);
  }

  /// The term of anything with a codec. Throws bad_result<error> for what cannot be encoded (NaN).
  template <class T> [[nodiscard]] static term from(const T& value);

  /// One whole encoded term: version byte first, compressed or not, nothing behind it.
  [[nodiscard]] static result<term> decode(bytes_view whole, const limits& bounds = {});
  /// One term without version byte. `refs` are the atoms that ATOM_CACHE_REF names by index. Stores
  /// how many bytes the term took in `consumed`; without it, trailing bytes are refused.
  [[nodiscard]] static result<term> decode_bare(bytes_view bare, const limits& bounds = {},
                                                std::span<const atom> refs = {},
                                                std::size_t* consumed = nullptr);

  /// With version byte; each part in the smallest encoding a current OTP would choose.
  [[nodiscard]] byte_buffer encode(const encode_options& options = {}) const;
  /// Without version byte.
  void write_to(writer& out) const;
  /// The same value in a block of its own, so that a small part does not keep a large message
  /// alive.
  [[nodiscard]] term compact() const;

  [[nodiscard]] kind type() const noexcept;
  [[nodiscard]] bool is_integer() const noexcept { return type() == kind::integer; }
  [[nodiscard]] bool is_float() const noexcept { return cell_.what == detail::form::floating; }
  [[nodiscard]] bool is_number() const noexcept { return is_integer() || is_float(); }
  [[nodiscard]] bool is_atom() const noexcept { return cell_.what == detail::form::atom; }
  /// Whether this is that atom.
  [[nodiscard]] bool is(atom value) const noexcept {
    return is_atom() && cell_.word == value.index();
  }
  [[nodiscard]] bool is_reference() const noexcept { return cell_.what == detail::form::reference; }
  [[nodiscard]] bool is_fun() const noexcept { return type() == kind::fun; }
  [[nodiscard]] bool is_port() const noexcept { return cell_.what == detail::form::port; }
  [[nodiscard]] bool is_pid() const noexcept { return cell_.what == detail::form::pid; }
  [[nodiscard]] bool is_tuple() const noexcept { return cell_.what == detail::form::tuple; }
  [[nodiscard]] bool is_tuple(std::size_t arity) const noexcept {
    return is_tuple() && cell_.aux == arity;
  }
  [[nodiscard]] bool is_record() const noexcept { return cell_.what == detail::form::record; }
  [[nodiscard]] bool is_map() const noexcept { return cell_.what == detail::form::map; }
  [[nodiscard]] bool is_nil() const noexcept { return cell_.what == detail::form::nil; }
  /// [] and improper lists too.
  [[nodiscard]] bool is_list() const noexcept { return is_nil() || type() == kind::list; }
  /// A bit string of whole bytes.
  [[nodiscard]] bool is_binary() const noexcept { return is_bit_string() && cell_.extra == 8; }
  /// Binaries too.
  [[nodiscard]] bool is_bit_string() const noexcept { return cell_.what == detail::form::bits; }

  [[nodiscard]] std::optional<atom> as_atom() const noexcept;
  /// Nothing for integers that do not fit.
  [[nodiscard]] std::optional<std::int64_t> as_int64() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> as_uint64() const noexcept;
  /// An integer beyond 64 bits (signed): its magnitude has no leading zeros and lives as long as a
  /// term of this message.
  [[nodiscard]] std::optional<big_view> as_big() const noexcept;
  /// Floats only; as<double>() takes integers too.
  [[nodiscard]] std::optional<double> as_double() const noexcept;
  /// A binary's bytes, whatever they are; they live as long as a term of this message.
  [[nodiscard]] std::optional<std::string_view> as_text() const noexcept;
  [[nodiscard]] std::optional<bit_view> as_bits() const noexcept;
  [[nodiscard]] std::optional<pid> as_pid() const noexcept;
  [[nodiscard]] std::optional<port> as_port() const noexcept;
  [[nodiscard]] std::optional<reference> as_reference() const noexcept;
  [[nodiscard]] std::optional<external_function> as_external_function() const noexcept;
  [[nodiscard]] std::optional<local_function> as_local_function() const noexcept;
  [[nodiscard]] std::optional<record_head> as_record() const noexcept;

  /// Arity of a tuple, cells of a list (of its proper part), pairs of a map, fields of a record,
  /// free variables of a fun, bytes of a binary (a partial last one counts). Constant time, but for
  /// lists linear in the number of LIST_EXTs they were made of (one, from any real encoder).
  [[nodiscard]] std::size_t size() const noexcept;
  /// An element of a tuple (or record, or fun); [] outside. Lists have elements().
  [[nodiscard]] term operator[](std::size_t index) const noexcept;

  /// First element and rest of a non-empty list; [] for anything else.
  [[nodiscard]] term head() const noexcept;
  [[nodiscard]] term tail() const noexcept;
  /// Whether the list ends in []. False for what is no list. Linear.
  [[nodiscard]] bool is_proper_list() const noexcept;
  /// Elements of a list (its proper part), tuple, record or fun, as `const term&` that live as long
  /// as this term.
  [[nodiscard]] element_range elements() const noexcept;
  /// Keys and values of a map, in the order of the encoding: no order to rely on.
  [[nodiscard]] pair_range pairs() const noexcept;
  /// The value of an exactly equal key. Logarithmic.
  [[nodiscard]] std::optional<term> find(const term& key) const noexcept;

  /// This value as a C++ type, through its codec.
  template <class T> [[nodiscard]] result<T> as() const;

  /// On one line as Erlang writes it; see erlang_text() for details and for bounded output.
  [[nodiscard]] std::string to_string() const;

  /// Erlang's =:= of OTP 27 and later: 1 and 1.0 differ, and so do 0.0 and -0.0. Erlang's order of
  /// terms is in order.hpp.
  friend bool operator==(const term& a, const term& b) noexcept;
  friend bool operator==(const term& a, atom b) noexcept { return a.is(b); }

  [[nodiscard]] const detail::cell& raw() const noexcept { return cell_; }

 private:
  friend class decoder;
  /// Takes over a count that the block already holds for it.
  explicit term(const detail::cell& counted) noexcept : cell_(counted) {}
  static result<term> decode_from(reader& in, const limits& bounds, std::size_t* consumed);
  static term share(const detail::cell& inside) noexcept { return detail::as_term(inside); }
  [[nodiscard]] bool boxed() const noexcept { return cell_.what >= detail::form::tuple; }

  detail::cell cell_{};
};
static_assert(sizeof(term) == 16 && std::is_standard_layout_v<term>);

/// What elements() returns. Keeps the term alive while it is iterated.
class element_range {
 public:
  class iterator {
   public:
    using value_type = term;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    iterator() = default;
    const term& operator*() const noexcept;
    const term* operator->() const noexcept { return &**this; }
    iterator& operator++() noexcept;
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.rest_.aux == b.rest_.aux && (a.rest_.aux == 0 || a.rest_.word == b.rest_.word);
    }

   private:
    friend class element_range;
    explicit iterator(const detail::cell& rest) noexcept : rest_(rest) {}
    detail::cell rest_;  // aux is 0 at the end
  };

  [[nodiscard]] iterator begin() const noexcept;
  [[nodiscard]] iterator end() const noexcept { return {}; }
  [[nodiscard]] bool empty() const noexcept { return begin() == end(); }

 private:
  friend class term;
  explicit element_range(term of) noexcept : of_(std::move(of)) {}
  term of_;
};

/// What pairs() returns. Keeps the map alive while it is iterated.
class pair_range {
 public:
  class iterator {
   public:
    using value_type = std::pair<const term&, const term&>;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    value_type operator*() const noexcept {
      return {detail::as_term(at_[0]), detail::as_term(at_[1])};
    }
    iterator& operator++() noexcept {
      at_ += 2;
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator&, const iterator&) noexcept = default;

   private:
    friend class pair_range;
    explicit iterator(const detail::cell* at) noexcept : at_(at) {}
    const detail::cell* at_ = nullptr;
  };

  [[nodiscard]] iterator begin() const noexcept {
    return of_.is_map() ? iterator(of_.raw().cells) : iterator();
  }
  [[nodiscard]] iterator end() const noexcept {
    return of_.is_map() ? iterator(of_.raw().cells + 2 * std::size_t{of_.raw().aux}) : iterator();
  }

 private:
  friend class term;
  explicit pair_range(term of) noexcept : of_(std::move(of)) {}
  term of_;
};

template <> struct codec<term> {
  static void encode(writer& out, const term& value) { value.write_to(out); }
  static term decode(reader& in);
};

template <class T> term term::from(const T& value) {
  byte_buffer bytes;
  writer out(bytes);
  codec<std::decay_t<const T>>::encode(out, value);
  if (!out.ok()) throw bad_result<error>(error(out.code()));
  return decode_bare(bytes).value();
}

template <class T> result<T> term::as() const {
  static_assert(
      !detail::borrows<T>,
      "beamnode: the value would point into bytes that are gone; use as_text() or as_bits()");
  byte_buffer bytes;
  writer out(bytes);
  write_to(out);
  reader in(bytes);
  const reader start = in;
  T value = codec<T>::decode(in);
  if (!in.ok()) return detail::explain<T>(start, in);
  return value;
}

}  // namespace beamnode::etf

/// Equal terms have equal hashes. Differs from one run of a program to the next.
template <> struct std::hash<beamnode::etf::term> {
  std::size_t operator()(const beamnode::etf::term& t) const noexcept;
};

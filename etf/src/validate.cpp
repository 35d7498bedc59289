#include <beamnode/etf/external.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/etf/reader.hpp>

#include <cmath>

#include "counted_limits.hpp"
#include "float_text.hpp"
#include "utf8.hpp"

namespace beamnode::etf {
namespace {

bool is_ascii(const std::uint8_t* from, std::size_t size) noexcept {
  std::uint64_t all = 0;
  std::uint64_t eight = 0;
  for (; size >= 8; from += 8, size -= 8) {
    std::memcpy(&eight, from, 8);
    all |= eight;
  }
  for (; size != 0; ++from, --size) all |= *from;
  return (all & 0x8080'8080'8080'8080U) == 0;
}

constexpr std::uint8_t byte(tag t) noexcept { return static_cast<std::uint8_t>(t); }

struct policy {
  bool nesting;
  bool names;
};

template <policy Policy> class checker {
 public:
  checker(bytes_view input, const limits& bounds, std::span<const atom> atom_refs)
      : begin_(input.data()),
        next_(input.data()),
        end_(input.data() + input.size()),
        atom_refs_(atom_refs),
        open_(bounds),
        names_(bounds.new_atoms) {}

  bool run() {
    std::uint64_t pending = 1;
    for (; pending != 0; --pending) {
      if (left() < pending) return fail(errc::truncated);
      if constexpr (Policy.nesting) open_.take();
      std::uint64_t nested = 0;
      if (!check_one(nested)) return false;
      pending += nested;
    }
    return true;
  }

  [[nodiscard]] std::size_t consumed() const noexcept {
    return static_cast<std::size_t>(next_ - begin_);
  }
  [[nodiscard]] std::size_t atoms() const noexcept { return atoms_; }
  [[nodiscard]] error failure() const {
    return error{code_, static_cast<std::size_t>(failed_at_ - begin_)};
  }

 private:
  // Checks the value at next_ and passes over it, but not over the values nested in it, of which it
  // says how many there are.
  bool check_one(std::uint64_t& nested) {
    switch (static_cast<tag>(*next_)) {
      case tag::small_integer: return pass(2);
      case tag::integer: return pass(5);
      case tag::nil: return pass(1);
      case tag::small_atom_utf8:
      case tag::atom_utf8:
      case tag::small_atom_latin1:
      case tag::atom_latin1:
      case tag::atom_cache_ref: return check_atom();
      case tag::small_tuple: return open<std::uint8_t>(nested, 2, 1, 0);
      case tag::large_tuple: return check_large_tuple(nested);
      case tag::list: return check_list(nested);
      case tag::map: return open<std::uint32_t>(nested, 5, 2, 0);
      case tag::binary: return counted<std::uint32_t>(5);
      case tag::string: return check_string();
      case tag::small_big: return counted<std::uint8_t>(3);
      case tag::large_big: return check_large_big();
      case tag::new_float: return check_float();
      case tag::float_text: return check_float_text();
      case tag::bit_binary: return check_bits();
      case tag::new_pid: return check_identifier(1, 12);
      case tag::new_port: return check_identifier(1, 8);
      case tag::v4_port: return check_identifier(1, 12);
      case tag::newer_reference: return check_reference(4);
      case tag::pid: return check_identifier(1, 9) && check_old_creation(1);
      case tag::port: return check_identifier(1, 5) && check_old_creation(1);
      case tag::reference: return check_old_reference();
      case tag::new_reference: return check_reference(1);
      case tag::export_fun: return check_export();
      case tag::new_fun: return check_fun(nested);
      case tag::record: return check_record(nested);
      case tag::compressed:
      case tag::fun:
      case tag::local: return fail(errc::refused_tag);
    }
    return fail(errc::unknown_tag);
  }

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - next_); }

  bool fail_at(const std::uint8_t* at, errc code) noexcept {
    code_ = code;
    failed_at_ = at;
    return false;
  }
  bool fail(errc code) noexcept { return fail_at(next_, code); }

  bool pass(std::uint64_t size) noexcept {
    if (left() < size) return fail(errc::truncated);
    next_ += size;
    return true;
  }
  template <class Count> bool counted(std::size_t header) noexcept {
    if (left() < header) return fail(errc::truncated);
    return pass(header + load_big<Count>(next_ + 1));
  }
  template <class Count>
  bool open(std::uint64_t& nested, std::size_t header, unsigned each, unsigned more) {
    if (left() < header) return fail(errc::truncated);
    return hold(nested, std::uint64_t{each} * load_big<Count>(next_ + 1) + more, more != 0) &&
           pass(header);
  }
  bool hold(std::uint64_t& nested, std::uint64_t count, bool is_list = false) {
    if constexpr (Policy.nesting) {
      if (const errc code = open_.open(count, is_list); code != errc::none) return fail(code);
    }
    nested = count;
    return true;
  }

  bool check_atom() {
    ++atoms_;
    const auto t = static_cast<tag>(*next_);
    if (t == tag::atom_cache_ref) {
      if (left() < 2) return fail(errc::truncated);
      return next_[1] < atom_refs_.size() ? pass(2) : fail(errc::bad_atom_cache_ref);
    }
    const bool is_short = t == tag::small_atom_utf8 || t == tag::small_atom_latin1;
    const bool is_latin1 = t == tag::small_atom_latin1 || t == tag::atom_latin1;
    const std::size_t header = is_short ? 2 : 3;
    if (left() < header) return fail(errc::truncated);
    const std::size_t size = is_short ? next_[1] : load_big<std::uint16_t>(next_ + 1);
    if (left() - header < size) {
      return fail(size > atom::max_bytes ? errc::atom_too_long : errc::truncated);
    }
    const std::uint8_t* const text = next_ + header;
    if (size > atom::max_characters || (!is_latin1 && !is_ascii(text, size))) {
      const auto characters =
          is_latin1 ? std::optional{size} : utf8::count_characters(as_text({text, size}));
      if (!characters) return fail(errc::invalid_utf8);
      if (*characters > atom::max_characters) return fail(errc::atom_too_long);
    }
    if constexpr (Policy.names) {
      const errc code = names_.see(as_text({text, size}), is_latin1);
      if (code != errc::none) return fail(code);
    }
    next_ = text + size;
    return true;
  }

  bool check_expected_atom(const std::uint8_t* at, errc otherwise) {
    if (next_ == end_) return fail_at(at, errc::truncated);
    return kind_of(*next_) == kind::atom ? check_atom() : fail_at(at, otherwise);
  }

  bool check_large_tuple(std::uint64_t& nested) {
    if (left() >= 5 && load_big<std::uint32_t>(next_ + 1) > reader::max_arity) {
      return fail(errc::too_large);
    }
    return open<std::uint32_t>(nested, 5, 1, 0);
  }

  // One of no elements is nothing but its tail.
  bool check_list(std::uint64_t& nested) {
    const bool is_empty = left() >= 5 && load_big<std::uint32_t>(next_ + 1) == 0;
    if (!is_empty) return open<std::uint32_t>(nested, 5, 1, 1);
    if constexpr (Policy.nesting) open_.put_back();
    nested = 1;
    return pass(5);
  }

  bool check_string() {
    if constexpr (Policy.nesting) {
      std::uint64_t elements = 0;
      if (left() >= 3 && !hold_string(elements)) return false;
    }
    return counted<std::uint16_t>(3);
  }
  bool hold_string(std::uint64_t& elements) {
    elements = load_big<std::uint16_t>(next_ + 1);
    const errc code = open_.count(elements);
    return code == errc::none || fail(code);
  }

  bool check_large_big() noexcept {
    if (left() >= 5 && load_big<std::uint32_t>(next_ + 1) > reader::max_big_bytes) {
      return fail(errc::too_large);
    }
    return counted<std::uint32_t>(6);
  }

  bool check_float() noexcept {
    if (left() < 9) return fail(errc::truncated);
    const auto value = std::bit_cast<double>(load_big<std::uint64_t>(next_ + 1));
    return std::isfinite(value) ? pass(9) : fail(errc::bad_float);
  }
  bool check_float_text() noexcept {
    if (left() < 32) return fail(errc::truncated);
    return parse_float_text(as_text({next_ + 1, 31})) ? pass(32) : fail(errc::bad_float);
  }
  bool check_bits() noexcept {
    if (left() < 6) return fail(errc::truncated);
    const bool is_empty = load_big<std::uint32_t>(next_ + 1) == 0;
    if (is_empty || next_[5] == 0 || next_[5] > 8) return fail(errc::bad_bits);
    return counted<std::uint32_t>(6);
  }

  bool check_identifier(std::size_t before, std::size_t after) {
    const std::uint8_t* const at = next_;
    next_ += before;
    if (!check_expected_atom(at, errc::bad_identifier)) return false;
    if (left() < after) return fail_at(at, errc::truncated);
    identifier_ = at;
    next_ += after;
    return true;
  }
  // The creation of the old tags has 2 bits; it stands `before_end` bytes before next_.
  bool check_old_creation(std::size_t before_end) noexcept {
    return *(next_ - before_end) <= 3 || fail_at(identifier_, errc::bad_identifier);
  }
  bool check_old_word(std::size_t before_end) noexcept {
    return load_big<std::uint32_t>(next_ - before_end) <= 0x3'FFFF ||
           fail_at(identifier_, errc::bad_identifier);
  }
  bool check_old_reference() {
    return check_identifier(1, 5) && check_old_creation(1) && check_old_word(5);
  }
  bool check_reference(std::size_t creation_size) {
    if (left() < 3) return fail(errc::truncated);
    const std::size_t words = load_big<std::uint16_t>(next_ + 1);
    if (words > reference::max_words) return fail(errc::bad_identifier);
    if (!check_identifier(3, creation_size + 4 * words)) return false;
    if (creation_size == 4) return true;
    return check_old_creation(1 + 4 * words) && (words == 0 || check_old_word(4 * words));
  }

  bool check_export() {
    const std::uint8_t* const at = next_++;
    if (!check_expected_atom(at, errc::bad_fun) || !check_expected_atom(at, errc::bad_fun)) {
      return false;
    }
    reader arity{{next_, end_}};
    const std::uint64_t value = arity.read_unsigned();
    if (!arity.ok()) {
      return fail_at(at, arity.code() == errc::truncated ? errc::truncated : errc::bad_fun);
    }
    next_ += arity.offset();
    return value <= 0xFF || fail_at(at, errc::bad_fun);
  }

  bool check_fun(std::uint64_t& nested) {
    constexpr std::size_t header = 30;
    const std::uint8_t* const at = next_;
    if (left() < header) return fail(errc::truncated);
    const std::uint64_t free_variables = load_big<std::uint32_t>(next_ + header - 4);
    if (free_variables > 0xFF) return fail(errc::bad_fun);
    next_ += header;
    if (!check_expected_atom(at, errc::bad_fun)) return false;
    reader fields{{next_, end_}};
    fields.read_integer();
    fields.read_integer();
    if (!fields.ok()) {
      return fail_at(at, fields.code() == errc::truncated ? errc::truncated : errc::bad_fun);
    }
    next_ += fields.offset();
    if (next_ == end_) return fail_at(at, errc::truncated);
    const bool is_new = *next_ == byte(tag::new_pid);
    if (!is_new && *next_ != byte(tag::pid)) return fail_at(at, errc::bad_fun);
    if (!check_identifier(1, is_new ? 12 : 9) || (!is_new && !check_old_creation(1))) return false;
    return hold(nested, free_variables);
  }

  bool check_record(std::uint64_t& nested) {
    const std::uint8_t* const at = next_;
    if (left() < 6) return fail(errc::truncated);
    const std::uint64_t fields = load_big<std::uint32_t>(next_ + 1);
    if (next_[5] > 1) return fail(errc::bad_record);
    if (left() - 6 < 2 + 2 * fields) return fail(errc::truncated);
    next_ += 6;
    for (std::uint64_t names = 0; names < 2 + fields; ++names) {
      if (!check_expected_atom(at, errc::bad_record)) return false;
    }
    return hold(nested, fields);
  }

  const std::uint8_t* begin_;
  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::span<const atom> atom_refs_;
  std::size_t atoms_ = 0;
  const std::uint8_t* identifier_ = nullptr;  // the last one that was checked
  const std::uint8_t* failed_at_ = nullptr;
  errc code_ = errc::none;
  [[no_unique_address]] std::conditional_t<Policy.nesting, nesting, unlimited> open_;
  [[no_unique_address]] std::conditional_t<Policy.names, new_names, unlimited> names_;
};

template <policy Policy>
result<std::size_t> check(bytes_view input, const limits& bounds, std::span<const atom> refs) {
  checker<Policy> checks{input, bounds, refs};
  if (!checks.run()) return checks.failure();
  if (checks.atoms() > bounds.new_atoms && !Policy.names) {
    return check<policy{.nesting = false, .names = true}>(input, bounds, refs);
  }
  return checks.consumed();
}

}  // namespace

result<std::size_t> validate(bytes_view input, const limits& bounds,
                             std::span<const atom> atom_refs) {
  // Every level and every element takes a byte, so short input keeps the limits by itself.
  if (input.size() <= bounds.depth && input.size() <= bounds.elements) {
    return check<policy{.nesting = false, .names = false}>(input, bounds, atom_refs);
  }
  return check<policy{.nesting = true, .names = false}>(input, bounds, atom_refs);
}

}  // namespace beamnode::etf

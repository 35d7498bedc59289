#pragma once
/// What the shapes of shape.hpp are made of. Include shape.hpp, not this.

#include <beamnode/etf/codec.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace beamnode::etf {

template <fixed_text Name, auto Member> struct field;

namespace detail {

template <class> struct member_type;
template <class T, class Member> struct member_type<Member T::*> {
  using type = Member;
};
template <auto Pointer> using member_of = typename member_type<decltype(Pointer)>::type;

template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

/// The last name in what a compiler calls a template with `&some::type::member` as its argument.
std::string last_name(std::string_view signature);
/// As the source spells it.
template <auto Member> std::string member_name() { return last_name(__PRETTY_FUNCTION__); }
/// "the key 'price'"
std::string key_named(std::string_view name);
std::string atom_named(atom name);

template <class Field> struct field_access;
template <fixed_text Name, auto Member> struct field_access<field<Name, Member>> {
  using type = member_of<Member>;
  static constexpr bool may_be_absent = is_optional<type>;
  static constexpr literal<Name> name{};
  static std::string described() { return key_named(Name.view()); }
  template <class T> static void encode(writer& w, const T& value) {
    codec<type>::encode(w, value.*Member);
  }
  template <class T> static void decode(reader& r, T& value) {
    value.*Member = codec<type>::decode(r);
  }
};

/// What to do with a key that is there a second time.
enum class repeated_key : bool { is_refused, is_passed_over };

/// Reads values by their keys into the members of a T.
template <class T, class... Fields> class members_reader {
 public:
  explicit members_reader(reader& r) noexcept : reader_(r) {}

  /// The next value of the reader, if the key that comes next in `keys` (the same reader, or one
  /// that stands elsewhere in the input) is that of a member. Passes over key and value.
  void read(reader& keys, repeated_key repeated) {
    read(keys, repeated, std::index_sequence_for<Fields...>{});
  }
  /// The T. Fails at `at` if a member that cannot be absent had no value.
  T finish(const std::uint8_t* at) {
    if (reader_.ok()) find_absent(at, std::index_sequence_for<Fields...>{});
    return reader_.ok() ? std::move(value_) : T{};
  }

 private:
  template <std::size_t... Index>
  void read(reader& keys, [[maybe_unused]] repeated_key repeated,
            std::index_sequence<Index...> /*all*/) {
    // Most senders keep to one order: the member behind the last one is the first guess.
    const std::size_t guess = guess_;
    if (((Index >= guess && read_if<Index, Fields>(keys, repeated)) || ...)) return;
    if (((Index < guess && read_if<Index, Fields>(keys, repeated)) || ...)) return;
    keys.skip();
    reader_.skip();
  }
  template <std::size_t Index, class Field> bool read_if(reader& keys, repeated_key repeated) {
    if (!keys.next_is(field_access<Field>::name)) return false;
    if (seen_[Index]) {
      if (repeated == repeated_key::is_passed_over) return false;
      keys.fail(errc::duplicate_key);
      if (reader_.ok()) reader_.fail_at(keys.failed_position(), errc::duplicate_key);
      return true;
    }
    seen_[Index] = true;
    guess_ = Index + 1;
    keys.expect_atom(field_access<Field>::name);
    field_access<Field>::decode(reader_, value_);
    return true;
  }
  template <std::size_t... Index>
  void find_absent([[maybe_unused]] const std::uint8_t* at, std::index_sequence<Index...> /*all*/) {
    (find_absent<Index, Fields>(at), ...);
  }
  template <std::size_t Index, class Field> void find_absent(const std::uint8_t* at) {
    if constexpr (!field_access<Field>::may_be_absent) {
      if (!seen_[Index]) {
        reader_.fail_at(at, errc::missing_key, &field_access<Field>::described);
      }
    }
  }

  reader& reader_;
  std::array<bool, sizeof...(Fields)> seen_{};
  std::size_t guess_ = 0;
  T value_{};
};

struct no_name {};

/// A map; with this literal under '__struct__', unless it is no_name.
template <class T, class... Fields, class Name>
T read_map_members(reader& r, [[maybe_unused]] Name struct_name) {
  const nested inside{r};
  const std::uint8_t* const at = r.position();
  members_reader<T, Fields...> members{r};
  bool is_named = std::is_same_v<Name, no_name>;
  for (std::size_t pairs = r.read_map(); pairs != 0 && r.ok(); --pairs) {
    if (!is_named && r.next_is(literal<"__struct__">{})) {
      r.skip();
      if constexpr (!std::is_same_v<Name, no_name>) r.expect_atom(struct_name);
      is_named = true;
    } else {
      members.read(r, repeated_key::is_refused);
    }
  }
  if (!is_named)
    r.fail_at(
        at, errc::missing_key, +[] { return key_named("__struct__"); });
  return members.finish(at);
}

template <class T, class... Fields> T read_keyword_members(reader& r) {
  const nested inside{r};
  const std::uint8_t* const at = r.position();
  members_reader<T, Fields...> members{r};
  list_header part = r.read_list();
  while (part.length != 0 && r.ok()) {
    if (part.is_string)
      r.fail_at(
          at, errc::wrong_type, +[] { return std::string("a keyword list"); });
    for (std::size_t i = 0; i < part.length && r.ok(); ++i) {
      r.expect_tuple(2);
      if (r.ok() && r.peek() != kind::atom) r.fail_expecting(kind::atom);
      members.read(r, repeated_key::is_passed_over);
    }
    part = r.read_list_end();
  }
  if (!r.ok()) r.name_keys(at);
  return members.finish(at);
}

template <class T, class... Fields, class Module, class Name>
T read_record_members(reader& r, Module module, Name name) {
  const nested inside{r};
  const std::uint8_t* const at = r.position();
  members_reader<T, Fields...> members{r};
  const std::size_t count = r.read_record().fields;
  r.expect_atom(module);
  r.expect_atom(name);
  reader keys = r;
  for (std::size_t i = 0; i < count && r.ok(); ++i) r.skip();
  for (std::size_t i = 0; i < count && r.ok(); ++i) members.read(keys, repeated_key::is_refused);
  return members.finish(at);
}

}  // namespace detail
}  // namespace beamnode::etf

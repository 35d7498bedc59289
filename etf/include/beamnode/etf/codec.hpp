#pragma once
/// How C++ types are written to and read from terms, with no intermediate form.
///
/// `codec<T>` has two static members:
///     static void encode(writer&, const T&);
///     static T decode(reader&);       // on failure: r is failed, the returned value is empty
/// Alternatives (std::variant, the clauses of a receive) are told apart by trying them on a copy of
/// the reader, so decode() must fail early: tags and arity before anything that allocates.
///
///   C++                                     Erlang
///   bool, atom                              atom
///   integers, big_integer                   integer
///   float, double                           float (integers are accepted on decode)
///   std::string, std::string_view,
///   const char*                             binary, UTF-8 (an Elixir string)
///   byte_buffer, std::vector<std::byte>     binary
///   charlist                                list of code points
///   std::optional<T>                        nil, or T
///   std::monostate                          nil
///   std::vector, std::list, std::deque,
///   std::array, std::set, other std::span   list
///   std::tuple, std::pair                   tuple
///   std::map, std::unordered_map            map
///   std::unique_ptr<T>, std::shared_ptr<T>  nil, or T
///   bytes_view, std::span<const std::byte>  binary
///   std::variant<A, B...>                   the first alternative that fits
///   pid, port, reference, term              themselves
///   literal<"ok">                           that atom and nothing else
///
/// Any binary is accepted for text: whether its bytes are UTF-8 is not looked at. Containers are
/// known by their members, not by their names, so those of other libraries work too. Your own
/// types: shape.hpp, or a codec written by hand. Its nested values go through codec<> as well; a
/// codec that returns views into the input says so with `static constexpr bool borrows = true;`.
///
/// Decoding recurses as deep as the type is nested. Types that contain themselves are read to a
/// depth of reader::max_typed_depth and then refused (too_deep); their variants should begin with
/// what tells them apart, because every alternative that fits at first is tried to its end.

#include <beamnode/etf/big_integer.hpp>
#include <beamnode/etf/detail/codec_support.hpp>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/writer.hpp>

#include <array>
#include <concepts>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace beamnode::etf {

template <class T> struct codec;

/// With version byte, as erlang:term_to_binary/1. Throws bad_result<error> for a value that has no
/// encoding (NaN, a text for charlist that is not UTF-8).
template <class T> [[nodiscard]] byte_buffer encode(const T& value);

/// One whole term: version byte first, compressed or not, nothing behind it. Views (as a
/// std::string_view decodes to) point into `whole`; for types with views compressed input is
/// refused (refused_tag).
template <class T> [[nodiscard]] result<T> decode(bytes_view whole, const limits& bounds = {});
/// The same for bytes that are gone behind this expression: not for types with views.
template <class T, detail::owner_of_bytes Bytes>
  requires(!std::is_reference_v<Bytes>)
[[nodiscard]] result<T> decode(Bytes&& whole, const limits& bounds = {});

/// A tuple to be sent: `tuple("get"_atom, 1, "text")`. Holds copies; C strings become std::string.
template <class... T> [[nodiscard]] auto tuple(T&&... elements);

/// Text that is a list of code points in Erlang, as "text" is there and 'text' in Elixir.
struct charlist {
  std::string text;  // UTF-8
  friend bool operator==(const charlist&, const charlist&) = default;
};

}  // namespace beamnode::etf

#include <beamnode/etf/detail/codecs.hpp>

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
///   std::array, std::set, std::span         list
///   std::tuple, std::pair                   tuple
///   std::map, std::unordered_map            map
///   std::variant<A, B...>                   the first alternative that fits
///   pid, port, reference, term              themselves
///   literal<"ok">                           that atom and nothing else

#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/writer.hpp>

namespace beamnode::etf {

template <class T>
struct codec;

}  // namespace beamnode::etf

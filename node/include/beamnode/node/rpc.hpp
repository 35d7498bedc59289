#pragma once
/// Functions by name: naming one of another node, and how C++ functions are made callable for
/// others.

#include <beamnode/node/exit.hpp>
#include <beamnode/node/message.hpp>
#include <beamnode/node/task.hpp>

#include <functional>
#include <tuple>
#include <type_traits>

namespace beamnode {

class process;

/// A function of some node with the arguments to call it with; made by mfa().
struct mfa_call {
  atom module;
  atom function;
  std::size_t arity = 0;
  byte_buffer arguments;  // one encoded list
};

namespace detail {
inline atom as_atom(atom name) { return name; }
inline atom as_atom(std::string_view name) { return atom(name); }
}  // namespace detail

/// `mfa("lists", "seq", 1, 10)`, `mfa(elixir("Enum"), "sum", numbers)`
template <class Module, class Function, class... Args>
[[nodiscard]] mfa_call mfa(const Module& module, const Function& function, const Args&... args) {
  mfa_call call{detail::as_atom(module), detail::as_atom(function), sizeof...(Args), {}};
  etf::writer w{call.arguments};
  w.write_list(sizeof...(Args));
  (etf::codec<std::decay_t<const Args>>::encode(w, args), ...);
  w.write_nil();
  if (!w.ok()) throw etf::bad_result<etf::error>(etf::error{w.code()});
  return call;
}

/// The same with the arguments as one list, as apply/3 takes them: `mfa_list("lists", "sum",
/// list)`. Throws error_with(badarg) for what is no proper list.
template <class Module, class Function>
[[nodiscard]] mfa_call mfa_list(const Module& module, const Function& function,
                                const term& arguments) {
  if (!arguments.is_list() || !(arguments.is_nil() || arguments.is_proper_list())) {
    throw error_with(etf::atom("badarg"));
  }
  mfa_call call{detail::as_atom(module), detail::as_atom(function), arguments.size(), {}};
  etf::writer w{call.arguments};
  arguments.write_to(w);
  return call;
}

namespace detail {

/// An exported function: given the process it runs in and its encoded argument list, it makes the
/// encoded result. Throws what the function throws; error_with(badarg) for arguments of other
/// types.
using exported_function = std::function<task<byte_buffer>(process& self, const message& arguments)>;

template <class F> struct signature : signature<decltype(&F::operator())> {};
template <class R, class... Args> struct signature<R (*)(Args...)> {
  using arguments = std::tuple<std::remove_cvref_t<Args>...>;
  using result = R;
  static constexpr bool takes_self = false;
  static constexpr bool borrows = (std::is_reference_v<Args> || ...);
};
template <class R, class... Args>
struct signature<R (*)(process&, Args...)> : signature<R (*)(Args...)> {
  static constexpr bool takes_self = true;
};
template <class F, class R, class... Args>
struct signature<R (F::*)(Args...)> : signature<R (*)(Args...)> {};
template <class F, class R, class... Args>
struct signature<R (F::*)(Args...) const> : signature<R (*)(Args...)> {};

/// Reads the elements of an argument list into a tuple.
template <class Tuple> struct argument_list {
  static Tuple decode(const message& arguments) {
    etf::reader r = arguments.read();
    constexpr std::size_t count = std::tuple_size_v<Tuple>;
    const etf::list_header list = r.read_list();
    std::size_t next_byte = 0;
    if (list.length != count) r.fail(etf::errc::wrong_arity);
    auto one = [&]<class T>(std::type_identity<T>) -> T {
      if (!list.is_string) return etf::codec<T>::decode(r);
      // A list of small integers came as STRING_EXT: each byte is an argument.
      const std::uint8_t small[2] = {97, r.ok() ? list.string[next_byte++] : std::uint8_t{0}};
      etf::reader element{small};
      T value = etf::codec<T>::decode(element);
      if (!element.ok()) r.fail(etf::errc::wrong_type);
      return value;
    };
    Tuple values = [&]<class... Ts>(std::type_identity<std::tuple<Ts...>>) {
      return Tuple{one(std::type_identity<Ts>{})...};
    }(std::type_identity<Tuple>{});
    if (!r.ok()) throw error_with(etf::atom("badarg"));
    return values;
  }
};

template <class T> byte_buffer encode_bare(const T& value) {
  byte_buffer bytes;
  etf::writer w{bytes};
  etf::codec<std::decay_t<const T>>::encode(w, value);
  if (!w.ok()) throw error_with(etf::atom("badarg"));
  return bytes;
}

template <class T> struct is_task : std::false_type {};
template <class T> struct is_task<task<T>> : std::true_type {};

/// A coroutine as its own function so that `f` and the arguments live in its frame.
template <class F, class Tuple>
task<byte_buffer> call_exported(process& self, const F& f, Tuple arguments) {
  using Signature = signature<F>;
  using R = typename Signature::result;
  auto invoke = [&]() -> R {
    return std::apply(
        [&](auto&... args) -> R {
          if constexpr (Signature::takes_self) {
            return f(self, std::move(args)...);
          } else {
            return f(std::move(args)...);
          }
        },
        arguments);
  };
  if constexpr (std::is_void_v<R>) {
    invoke();
    co_return encode_bare(etf::atom("ok"));
  } else if constexpr (std::is_same_v<R, task<void>>) {
    co_await invoke();
    co_return encode_bare(etf::atom("ok"));
  } else if constexpr (is_task<R>::value) {
    const auto value = co_await invoke();
    co_return encode_bare(value);
  } else {
    co_return encode_bare(invoke());
  }
}

template <class F> exported_function make_exported(F f) {
  return [f = std::move(f)](process& self, const message& arguments) {
    return call_exported(self, f,
                         argument_list<typename signature<F>::arguments>::decode(arguments));
  };
}

}  // namespace detail

}  // namespace beamnode

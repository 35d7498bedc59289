#pragma once
/// How a process, or a function that others call, ends early: the three exception classes of Erlang
/// as C++ exceptions. Uncaught, each becomes the exit reason Erlang would give:
///     exit_with(R)   -> R
///     error_with(R)  -> {R, Stack}
///     throw_with(V)  -> {{nocatch, V}, Stack}
///     std::exception -> as error_with({cxx_exception, What})

#include <beamnode/node/terms.hpp>

#include <exception>
#include <string>

namespace beamnode {

/// Base of the three: an exception that carries a term.
class term_exception : public std::exception {
 public:
  [[nodiscard]] const term& reason() const noexcept { return reason_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 protected:
  term_exception(std::string_view prefix, term reason)
      : reason_(std::move(reason)), text_(std::string(prefix) + reason_.to_string()) {}

 private:
  term reason_;
  std::string text_;
};

/// exit(Reason)
class exit_with : public term_exception {
 public:
  template <class T>
  explicit exit_with(const T& reason) : term_exception("exit: ", term::from(reason)) {}
};

/// error(Reason)
class error_with : public term_exception {
 public:
  template <class T>
  explicit error_with(const T& reason) : term_exception("error: ", term::from(reason)) {}
};

/// exit(Reason) of a function that was called on another node. Erlang's erpc raises it as
/// exit({exception, Reason}).
class remote_exit : public exit_with {
 public:
  using exit_with::exit_with;
};

/// error(Reason) of a function that was called on another node, with the stack it had there, a list
/// of {Module, Function, ArityOrArguments, Info}. Erlang's erpc raises it as
/// error({exception, Reason, Stack}).
class remote_error : public error_with {
 public:
  remote_error(const term& reason, term stack) : error_with(reason), stack_(std::move(stack)) {}
  [[nodiscard]] const term& stack() const noexcept { return stack_; }

 private:
  term stack_;
};

/// throw(Value)
class throw_with : public term_exception {
 public:
  template <class T>
  explicit throw_with(const T& value) : term_exception("throw: ", term::from(value)) {}
};

/// A call that did not come back with a reply. Uncaught, it ends the caller as in Erlang; its
/// reason is Erlang's own: {noproc, ...}, {timeout, ...}, {{nodedown, N}, ...}.
class call_error : public exit_with {
 public:
  using exit_with::exit_with;
};

namespace detail {
/// The exit reason that a process would have, had it ended by this exception.
[[nodiscard]] term reason_of(const std::exception_ptr& cause);
}  // namespace detail

}  // namespace beamnode

#pragma once
/// A value or the error that stood in its way. One source of truth, two ways to read it: test it
/// and use `*r` and `r.error()`, or call `r.value()`, which throws the error.
///
/// (boost::system::result is the same shape; it costs a second of compile time in every file.)

#include <stdexcept>
#include <utility>
#include <variant>

namespace beamnode::etf {

/// What `result::value()` throws; what() is the error's message.
template <class Error> class bad_result : public std::runtime_error {
 public:
  explicit bad_result(Error error)
      : std::runtime_error(error.message()), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

template <class T, class Error> class basic_result {
 public:
  using value_type = T;
  basic_result() : content_(std::in_place_index<0>) {}
  basic_result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  basic_result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Only when has_value().
  [[nodiscard]] T& operator*() & noexcept { return *std::get_if<0>(&content_); }
  [[nodiscard]] const T& operator*() const& noexcept { return *std::get_if<0>(&content_); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*std::get_if<0>(&content_)); }
  [[nodiscard]] T* operator->() noexcept { return std::get_if<0>(&content_); }
  [[nodiscard]] const T* operator->() const noexcept { return std::get_if<0>(&content_); }
  /// Only when !has_value().
  [[nodiscard]] const Error& error() const noexcept { return *std::get_if<1>(&content_); }

  /// The value, or throws bad_result<Error>.
  [[nodiscard]] T& value() & {
    if (!has_value()) throw bad_result<Error>(error());
    return **this;
  }
  [[nodiscard]] const T& value() const& {
    if (!has_value()) throw bad_result<Error>(error());
    return **this;
  }
  [[nodiscard]] T value() && {
    if (!has_value()) throw bad_result<Error>(error());
    return std::move(**this);
  }

 private:
  std::variant<T, Error> content_;
};

/// Success without a value, or an error.
template <class Error> class basic_result<void, Error> {
 public:
  using value_type = void;
  basic_result() = default;
  basic_result(Error error) : failed_(true), error_(std::move(error)) {}
  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return !failed_; }
  [[nodiscard]] const Error& error() const noexcept { return error_; }
  void value() const {
    if (failed_) throw bad_result<Error>(error_);
  }

 private:
  bool failed_ = false;
  Error error_{};
};

}  // namespace beamnode::etf

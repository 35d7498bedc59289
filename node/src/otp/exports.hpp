#pragma once
/// The functions of this node that others may call or spawn, by module, name and arity.

#include <beamnode/node/rpc.hpp>

#include <functional>
#include <map>
#include <string_view>
#include <tuple>

namespace beamnode::otp {

/// How a call ended, in Erlang's classes. `value` is the result, or the reason; one bare term.
struct call_outcome {
  enum class kind { returned, thrown, exited, failed };
  kind how = kind::returned;
  byte_buffer value;
  byte_buffer stack;  // of `failed` and `thrown`: a list that names what failed first
};

class exports {
 public:
  /// A function that takes part in a protocol: it sees its argument list as it came, and what ends
  /// it is the exit reason of the process.
  using body = std::function<task<>(process& self, message arguments)>;
  using logger = std::function<void(std::string_view)>;

  explicit exports(logger log) : log_(std::move(log)) {}

  void add(atom module, atom function, std::size_t arity, detail::exported_function f);
  void add_body(atom module, atom function, std::size_t arity, body f);

  /// Calls module:function with this argument list. Never throws; unknown functions are `undef`.
  task<call_outcome> apply(process& self, atom module, atom function, message arguments) const;
  /// The body of a process spawned as module:function(arguments...).
  task<> run(process& self, atom module, atom function, message arguments) const;

 private:
  using key = std::tuple<std::uint32_t, std::uint32_t, std::size_t>;
  std::map<key, detail::exported_function> functions_;
  std::map<key, body> bodies_;
  logger log_;
};

}  // namespace beamnode::otp

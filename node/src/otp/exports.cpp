#include "otp/exports.hpp"

#include <beamnode/node/process.hpp>

namespace beamnode::otp {

namespace {

using kind = call_outcome::kind;

struct applied {
  atom module;
  atom function;
  message arguments;
};

/// Length of a proper list, or nothing.
std::optional<std::size_t> length_of(const message& list) {
  etf::reader r = list.read();
  std::size_t length = 0;
  etf::list_header part = r.read_list();
  while (r.ok() && part.length != 0) {
    length += part.length;
    if (part.is_string) break;
    for (std::size_t i = 0; i < part.length; ++i) r.skip();
    part = r.read_list_end();
  }
  if (!r.ok() || !r.at_end()) return std::nullopt;
  return length;
}

/// [{Module, Function, ArityOrArguments, []}]
template <class Last> byte_buffer stack_of(atom module, atom function, const Last& last) {
  byte_buffer stack;
  etf::writer w{stack};
  w.write_list(1);
  w.write_tuple(4);
  w.write_atom(module);
  w.write_atom(function);
  last(w);
  w.write_nil();
  w.write_nil();
  return stack;
}

call_outcome failure(const term& reason, byte_buffer stack) {
  return {kind::failed, detail::encode_bare(reason), std::move(stack)};
}

term list_of(const message& m) {
  etf::reader r = m.read();
  return etf::codec<term>::decode(r);
}

/// erlang:apply(M, F, Args) and apply(Fun, Args) name another function: which one, with what?
std::optional<applied> unwrap_apply(const message& arguments) {
  const term list = list_of(arguments);
  const std::vector<term> args = list.as<std::vector<term>>().value();
  const auto bare = [](const term& t) { return message::copy_of(detail::encode_bare(t)); };
  if (args.size() == 3 && args[0].is_atom() && args[1].is_atom()) {
    return applied{*args[0].as_atom(), *args[1].as_atom(), bare(args[2])};
  }
  if (args.size() == 2) {
    const byte_buffer fun = detail::encode_bare(args[0]);
    if (fun.view()[0] != static_cast<std::uint8_t>(etf::tag::export_fun)) return std::nullopt;
    etf::reader r(fun.view().subspan(1));
    const atom module = r.read_atom();
    return applied{module, r.read_atom(), bare(args[1])};
  }
  return std::nullopt;
}

}  // namespace

void exports::add(atom module, atom function, std::size_t arity, detail::exported_function f) {
  functions_.insert_or_assign({module.index(), function.index(), arity}, std::move(f));
}

void exports::add_body(atom module, atom function, std::size_t arity, body f) {
  bodies_.insert_or_assign({module.index(), function.index(), arity}, std::move(f));
}

task<call_outcome> exports::apply(process& self, atom module, atom function,
                                  message arguments) const {
  std::optional<std::size_t> arity = length_of(arguments);
  const auto write_arguments = [&](etf::writer& w) { list_of(arguments).write_to(w); };
  while (arity && (*arity == 2 || *arity == 3) && module == atom("erlang") &&
         function == atom("apply")) {
    std::optional<applied> inner = unwrap_apply(arguments);
    if (!inner) co_return failure(atom("undef"), stack_of(module, function, write_arguments));
    module = inner->module;
    function = inner->function;
    arguments = std::move(inner->arguments);
    arity = length_of(arguments);
  }
  if (!arity) {
    co_return failure(atom("badarg"), stack_of(atom("erlang"), atom("apply"), [&](etf::writer& w) {
                        w.write_list(3);
                        w.write_atom(module);
                        w.write_atom(function);
                        write_arguments(w);
                        w.write_nil();
                      }));
  }
  const auto found = functions_.find({module.index(), function.index(), *arity});
  if (found == functions_.end()) {
    co_return failure(atom("undef"), stack_of(module, function, write_arguments));
  }
  const auto here = [&] {
    return stack_of(module, function, [&](etf::writer& w) { w.write_unsigned(*arity); });
  };
  try {
    // (g++ 12 destroys a temporary twice when a co_await stands inside a braced initialiser.)
    byte_buffer value = co_await found->second(self, arguments);
    co_return call_outcome{kind::returned, std::move(value), {}};
  } catch (const throw_with& e) {
    co_return call_outcome{kind::thrown, detail::encode_bare(e.reason()), here()};
  } catch (const exit_with& e) {
    co_return call_outcome{kind::exited, detail::encode_bare(e.reason()), {}};
  } catch (const error_with& e) {
    co_return failure(e.reason(), here());
  } catch (const std::exception& e) {
    co_return failure(term::from(tuple(atom("cxx_exception"), std::string(e.what()))), here());
  }
}

task<> exports::run(process& self, atom module, atom function, message arguments) const {
  if (const std::optional<std::size_t> arity = length_of(arguments)) {
    const auto found = bodies_.find({module.index(), function.index(), *arity});
    if (found != bodies_.end()) {
      co_await found->second(self, std::move(arguments));
      co_return;
    }
  }
  const call_outcome outcome = co_await apply(self, module, function, std::move(arguments));
  if (outcome.how == kind::returned) co_return;
  etf::reader r(outcome.value);
  term reason = etf::codec<term>::decode(r);
  if (outcome.how == kind::exited) throw exit_with(reason);
  if (outcome.how == kind::thrown) reason = term::from(tuple(atom("nocatch"), reason));
  etf::reader s(outcome.stack);
  const term ended = term::from(tuple(reason, etf::codec<term>::decode(s)));
  log_("process " + term::from(self.pid()).to_string() + " ended: " + ended.to_string());
  throw exit_with(ended);
}

}  // namespace beamnode::otp

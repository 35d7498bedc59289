#include <beamnode/node/init_ack.hpp>

namespace beamnode {

void init_ack::operator()() const {
  if (self_ == nullptr) return;
  if (parent_) self_->link(*parent_);
  self_->send(starter_, detail::init_acked{ref_});
}

void init_ack::ignore() const {
  if (self_ != nullptr) self_->send(starter_, detail::init_acked{ref_, true});
}

namespace detail {

namespace {

/// Awaits a task, and notes when it does not end at once.
struct first_wait {
  task<>& body;
  const init_ack& up;
  bool waited = false;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiting) {
    waited = body.await_suspend(awaiting);
    if (waited) up();
    return waited;
  }
  void await_resume() const { body.await_resume(); }
};

}  // namespace

task<> up_when_waiting(task<> body, init_ack up) {
  first_wait wait{body, up};
  co_await wait;
  if (!wait.waited) up();
}

}  // namespace detail

}  // namespace beamnode

namespace beamnode::etf {

using beamnode::detail::init_acked;

void codec<init_acked>::encode(writer& w, const init_acked& v) {
  w.write_tuple(3);
  w.write_atom(atom("$init_ack"));
  w.write_reference(v.ref);
  w.write_atom(atom(v.ignored ? "ignore" : "ok"));
}

init_acked codec<init_acked>::decode(reader& r) {
  init_acked v;
  r.expect_tuple(3);
  r.expect_atom(atom("$init_ack"));
  if (r.ok()) v.ref = r.read_reference();
  if (r.ok()) v.ignored = r.read_atom() == atom("ignore");
  return v;
}

}  // namespace beamnode::etf

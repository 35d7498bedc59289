#include "otp/child_spec.hpp"

namespace beamnode {

namespace {

template <class Request>
task<call_result<term>> ask(process& self, destination supervisor, Request request) {
  const call_result<term> answer = co_await self.try_call<term>(supervisor, request, infinity);
  if (!answer) co_return answer.error();
  if (answer->is_tuple(2) && (*answer)[0].is(atom("error"))) co_return call_failure{(*answer)[1]};
  co_return *answer;
}

template <class Request>
task<call_result<pid>> ask_for_pid(process& self, destination supervisor, Request request) {
  const call_result<term> answer = co_await ask(self, supervisor, std::move(request));
  if (!answer) co_return answer.error();
  co_return (*answer)[1].as_pid().value_or(pid{});
}

template <class Request>
task<call_result<bool>> ask_for_ok(process& self, destination supervisor, Request request) {
  const call_result<term> answer = co_await ask(self, supervisor, std::move(request));
  if (!answer) co_return answer.error();
  co_return true;
}

}  // namespace

task<call_result<pid>> start_child(process& self, destination supervisor,
                                   const child_spec& by_name) {
  const term spec = otp::child_spec_term(by_name);
  return ask_for_pid(self, supervisor, tuple(atom("start_child"), spec));
}
task<call_result<pid>> start_child_list(process& self, destination supervisor, term arguments) {
  return ask_for_pid(self, supervisor, tuple(atom("start_child"), std::move(arguments)));
}
task<call_result<pid>> restart_child(process& self, destination supervisor, term id) {
  return ask_for_pid(self, supervisor, tuple(atom("restart_child"), std::move(id)));
}
task<call_result<bool>> terminate_child(process& self, destination supervisor, term id) {
  return ask_for_ok(self, supervisor, tuple(atom("terminate_child"), std::move(id)));
}
task<call_result<bool>> delete_child(process& self, destination supervisor, term id) {
  return ask_for_ok(self, supervisor, tuple(atom("delete_child"), std::move(id)));
}

task<std::vector<child_info>> which_children(process& self, destination supervisor) {
  const term all = co_await self.call<term>(supervisor, atom("which_children"), infinity);
  std::vector<child_info> found;
  for (const term& one : all.elements()) {
    found.push_back({one[0], one[1].as_pid(), one[2].is(atom("supervisor"))});
  }
  co_return found;
}

}  // namespace beamnode

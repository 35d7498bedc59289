#pragma once
/// What a handler returns to have work done before the next message is taken: see gen_server.hpp.

#include <utility>

namespace beamnode {

/// `work` is what an on_continue takes.
template <class Work> struct continue_with {
  Work work;
  explicit continue_with(Work w) : work(std::move(w)) {}
};

/// The same, with the reply of an on_call.
template <class Reply, class Work> struct reply_and_continue {
  Reply reply;
  Work work;
  reply_and_continue(Reply r, Work w) : reply(std::move(r)), work(std::move(w)) {}
};

}  // namespace beamnode

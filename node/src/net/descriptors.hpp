#pragma once
/// Sockets stay in this process: a program that it starts would keep names and connections alive.

#include <fcntl.h>

namespace beamnode::net {

template <class Socket> void keep_from_children(Socket& socket) {
  static_cast<void>(fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC));
}

}  // namespace beamnode::net

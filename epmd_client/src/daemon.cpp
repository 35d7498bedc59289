#include <beamnode/epmd_client/client.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

#ifndef __GLIBC__
extern char** environ;
#endif

namespace beamnode::epmd {
namespace {

/// What the daemon shall not inherit from us: terminal, sockets, files.
class no_files {
 public:
  no_files() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
#endif
  }
  no_files(const no_files&) = delete;
  no_files& operator=(const no_files&) = delete;
  ~no_files() { posix_spawn_file_actions_destroy(&actions_); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

std::uint16_t port_from_environment() {
  const char* const set = std::getenv("ERL_EPMD_PORT");
  if (set == nullptr) return well_known_port;
  const std::string_view digits(set);
  std::uint16_t port = 0;
  const auto [rest, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = failed == std::errc{} && rest == digits.data() + digits.size();
  return whole && port != 0 ? port : well_known_port;
}

bool start_daemon(std::uint16_t port) {
  std::string program = "epmd";
  std::string daemon = "-daemon";
  std::string port_option = "-port";
  std::string port_text = std::to_string(port);
  const std::array<char*, 5> arguments{program.data(), daemon.data(), port_option.data(),
                                       port_text.data(), nullptr};
  const no_files actions;
  pid_t child = 0;
  if (posix_spawnp(&child, program.c_str(), actions.get(), nullptr, arguments.data(), environ) !=
      0) {
    return false;
  }
  // It puts itself into the background: what is waited for here ends at once.
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return true;  // somebody else collects this process's children
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool daemon_is_installed() {
  const char* const set = std::getenv("PATH");
  std::string_view path = set == nullptr ? "" : set;
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    const std::string program = std::string(path.substr(0, end)) + "/epmd";
    if (access(program.c_str(), X_OK) == 0) return true;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return false;
}

}  // namespace beamnode::epmd

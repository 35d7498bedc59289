#pragma once
/// Text input and output between processes: Erlang's I/O protocol (stdlib: "The Erlang I/O
/// Protocol"), both sides. A process that another node spawned has that node's terminal as its
/// group leader, so what it prints appears where it was spawned from.

#include <beamnode/node/process.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace beamnode::io {

/// Sends one request, as `{put_chars, unicode, <<"text">>}`, and returns the reply as it came:
/// {error, terminated} when there is no such I/O server or it ends before it answers.
task<term> request(process& self, pid server, term what);

/// io:put_chars/1: UTF-8 text to the group leader. Throws error_with: terminated, or badarg for
/// what is no UTF-8 or was refused.
task<> put_chars(process& self, std::string text);

/// io:get_line/1: a line from the group leader, as it gives it (a binary or a list of characters),
/// or eof, or {error, Reason}.
task<term> get_line(process& self, const term& prompt);

/// What an I/O server of ours reads from and writes to.
struct device {
  /// Gets UTF-8.
  std::function<void(std::string_view)> write;
  /// The next line with its newline, in UTF-8; nothing at the end. Absent: at its end always.
  std::function<std::optional<std::string>(std::string_view prompt)> read_line = {};
};

/// Answers I/O requests until it is killed. Registered as `user` it is what io:put_chars(user,
/// Text) of the whole node writes to.
task<> serve(process& self, device on);

/// Characters as the protocol carries them: a binary (UTF-8, or Latin-1 when `latin1`), or a list
/// of code points, binaries and further such lists; as UTF-8. Nothing for anything else.
[[nodiscard]] std::optional<std::string> characters(const term& data, bool latin1 = false);

}  // namespace beamnode::io

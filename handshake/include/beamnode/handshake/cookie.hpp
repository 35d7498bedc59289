#pragma once
/// The cookie file that all Erlang nodes of a user share.

#include <beamnode/handshake/error.hpp>

#include <string>
#include <vector>

namespace beamnode::handshake {

/// Where Erlang looks, in its order: $HOME/.erlang.cookie, then (since OTP 25)
/// $XDG_CONFIG_HOME/erlang/.erlang.cookie, with $HOME/.config for an unset XDG_CONFIG_HOME.
[[nodiscard]] std::vector<std::string> cookie_file_places();

/// The cookie in the first of those files that exists. Fails with cookie_file_missing if none does;
/// unlike `erl`, never makes one up.
[[nodiscard]] result<std::string> read_cookie_file();

/// The cookie in the file at `path`: its text without line ends behind it. Refuses a file that its
/// group or others may access (cookie_file_permissions; the sentence names file and mode), and
/// content that is empty, longer than 255 characters or not printable ASCII (cookie_malformed).
[[nodiscard]] result<std::string> read_cookie_file(const std::string& path);

}  // namespace beamnode::handshake

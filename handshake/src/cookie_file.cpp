#include <beamnode/handshake/cookie.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace beamnode::handshake {
namespace {

constexpr std::size_t max_cookie_size = 255;
constexpr mode_t others_bits = 0077;

class descriptor {
 public:
  explicit descriptor(int value) : value_(value) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string octal(mode_t mode) {
  std::string text = "0";
  for (int shift = 6; shift >= 0; shift -= 3) {
    text += static_cast<char>('0' + ((mode >> shift) & 7));
  }
  return text;
}

error unreadable(const std::string& path, int code) {
  return error(errc::cookie_file_unreadable, "the cookie file " + path + " cannot be read: " +
                                                 std::generic_category().message(code));
}

bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_printable(char c) { return c >= ' ' && c <= '~'; }

}  // namespace

std::vector<std::string> cookie_file_places() {
  const std::string home = variable("HOME");
  std::string config = variable("XDG_CONFIG_HOME");
  if (config.empty() && !home.empty()) config = home + "/.config";
  std::vector<std::string> places;
  if (!home.empty()) places.push_back(home + "/.erlang.cookie");
  if (!config.empty()) places.push_back(config + "/erlang/.erlang.cookie");
  return places;
}

result<std::string> read_cookie_file() {
  const auto places = cookie_file_places();
  std::string tried;
  for (const auto& path : places) {
    auto cookie = read_cookie_file(path);
    if (cookie || cookie.error().code() != errc::cookie_file_missing) return cookie;
    tried += (tried.empty() ? "" : " nor ") + path;
  }
  if (tried.empty()) {
    return error(errc::cookie_file_missing,
                 "no cookie file: neither HOME nor XDG_CONFIG_HOME is set");
  }
  return error(errc::cookie_file_missing, "there is no cookie file: neither " + tried + " exists");
}

result<std::string> read_cookie_file(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return error(errc::cookie_file_missing, "there is no cookie file " + path);
  }
  if (file.get() < 0) return unreadable(path, errno);
  // Judge the file that is open, not the one that has the name by now.
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return unreadable(path, errno);
  if (!S_ISREG(facts.st_mode)) {
    return error(errc::cookie_file_unreadable, "the cookie file " + path + " is no regular file");
  }
  if ((facts.st_mode & others_bits) != 0) {
    return error(errc::cookie_file_permissions,
                 "the cookie file " + path + " has mode " + octal(facts.st_mode) +
                     ", but must be accessible by its owner only (chmod 400)");
  }

  std::array<char, 2 * max_cookie_size> content;
  std::size_t size = 0;
  while (size < content.size()) {
    const auto got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  std::string cookie(content.data(), size);
  while (!cookie.empty() && is_line_end(cookie.back())) cookie.pop_back();

  const auto malformed = [&path](std::string_view why) {
    return error(errc::cookie_malformed, "the cookie in " + path + " " + std::string(why));
  };
  if (cookie.empty()) return malformed("is empty");
  if (cookie.size() > max_cookie_size) return malformed("has more than 255 characters");
  if (!std::ranges::all_of(cookie, is_printable)) {
    return malformed("has characters that are not printable ASCII");
  }
  return cookie;
}

}  // namespace beamnode::handshake

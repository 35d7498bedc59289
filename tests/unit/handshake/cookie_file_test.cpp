#include <beamnode/handshake/cookie.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace beamnode::handshake {
namespace {

namespace fs = std::filesystem;

// A directory of its own, and the environment as it was before when it goes.
class sandbox {
 public:
  sandbox() : root_(fs::temp_directory_path() / ("cookie_file_test." + std::to_string(getpid()))) {
    fs::create_directories(root_);
    keep("HOME", home_);
    keep("XDG_CONFIG_HOME", config_);
    ::setenv("HOME", root_.c_str(), 1);
    ::unsetenv("XDG_CONFIG_HOME");
  }
  ~sandbox() {
    fs::remove_all(root_);
    restore("HOME", home_);
    restore("XDG_CONFIG_HOME", config_);
  }
  std::string write(const std::string& name, const std::string& content,
                    fs::perms mode = fs::perms::owner_read) {
    const fs::path path = root_ / name;
    fs::create_directories(path.parent_path());
    fs::remove(path);
    std::ofstream(path) << content;
    fs::permissions(path, mode);
    return path;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return root_ / name; }

 private:
  static void keep(const char* name, std::string& to) {
    if (const char* value = std::getenv(name)) to = value;
  }
  static void restore(const char* name, const std::string& value) {
    value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);
  }
  fs::path root_;
  std::string home_;
  std::string config_;
};

}  // namespace

TEST_CASE("the cookie is the file's text without its line ends") {
  sandbox box;
  CHECK(*read_cookie_file(box.write("c", "PIZZA")) == "PIZZA");
  CHECK(*read_cookie_file(box.write("c", "PIZZA\n")) == "PIZZA");
  CHECK(*read_cookie_file(box.write("c", "two words\r\n\n")) == "two words");
  CHECK(read_cookie_file(box.write("c", std::string(255, 'x')))->size() == 255);
}

TEST_CASE("a file that others may access is refused with its mode") {
  sandbox box;
  using fs::perms;
  for (const auto extra : {perms::group_read, perms::others_read, perms::group_write,
                           perms::others_write, perms::others_exec}) {
    const auto refused = read_cookie_file(box.write("c", "PIZZA", perms::owner_read | extra));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::cookie_file_permissions);
  }
  const auto path =
      box.write("c", "PIZZA",
                perms::owner_read | perms::owner_write | perms::group_read | perms::others_read);
  CHECK(read_cookie_file(path).error().message() ==
        "the cookie file " + path +
            " has mode 0644, but must be accessible by its owner only (chmod 400)");
  CHECK(read_cookie_file(box.write("c", "PIZZA", perms::owner_read | perms::owner_write)));
}

TEST_CASE("what is no cookie is refused") {
  sandbox box;
  for (const auto& content :
       {std::string(), std::string("\n"), std::string(256, 'x'), std::string(100'000, 'x'),
        std::string("a\nb"), std::string("tab\there"), std::string("\xC3\xA9")}) {
    const auto refused = read_cookie_file(box.write("c", content));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::cookie_malformed);
  }
  CHECK(read_cookie_file(box.path("nowhere/at/all")).error().code() == errc::cookie_file_missing);
  fs::create_directory(box.path("directory"));
  CHECK(read_cookie_file(box.path("directory")).error().code() == errc::cookie_file_unreadable);
}

TEST_CASE("the home directory comes first, then the configuration directory") {
  sandbox box;
  const auto missing = read_cookie_file();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == errc::cookie_file_missing);
  CHECK(missing.error().message() == "there is no cookie file: neither " +
                                         box.path(".erlang.cookie") + " nor " +
                                         box.path(".config/erlang/.erlang.cookie") + " exists");

  box.write(".config/erlang/.erlang.cookie", "from_default_config\n");
  CHECK(*read_cookie_file() == "from_default_config");
  ::setenv("XDG_CONFIG_HOME", box.path("xdg").c_str(), 1);
  box.write("xdg/erlang/.erlang.cookie", "from_xdg\n");
  CHECK(*read_cookie_file() == "from_xdg");
  box.write(".erlang.cookie", "from_home\n");
  CHECK(*read_cookie_file() == "from_home");
}

TEST_CASE("a bad file at home is reported, not passed over") {
  sandbox box;
  box.write(".config/erlang/.erlang.cookie", "from_config\n");
  box.write(".erlang.cookie", "");
  CHECK(read_cookie_file().error().code() == errc::cookie_malformed);
}

TEST_CASE("without any home there is no place to look") {
  sandbox box;
  ::unsetenv("HOME");
  CHECK(cookie_file_places().empty());
  CHECK(read_cookie_file().error().message() ==
        "no cookie file: neither HOME nor XDG_CONFIG_HOME is set");
}

}  // namespace beamnode::handshake

#include <beamnode/node/io.hpp>

#include "support/test_shard.hpp"

#include <beamnode/etf/parse.hpp>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;

term erl(std::string_view text) { return etf::parse_term(text).value(); }

// An I/O server that writes into `written` and reads two lines.
pid start_server(test_shard& node, std::string& written, bool reads = true) {
  io::device on;
  on.write = [&written](std::string_view text) { written += text; };
  if (reads) {
    on.read_line = [left = 2](std::string_view prompt) mutable -> std::optional<std::string> {
      if (left-- == 0) return std::nullopt;
      return std::string(prompt) + "line\n";
    };
  }
  return node.spawn([on](process& self) -> task<> { co_await io::serve(self, on); });
}

// The replies to these requests.
trace ask(test_shard& node, const pid& server, const std::vector<term>& requests) {
  trace replies;
  node.spawn([&](process& self) -> task<> {
    for (const term& what : requests) {
      const term reply = co_await io::request(self, server, what);
      replies.push_back(reply.to_string());
    }
  });
  node.run();
  return replies;
}

}  // namespace

TEST_CASE("an I/O server writes characters in every form the protocol has") {
  test_shard node;
  std::string written;
  const pid server = start_server(node, written);
  CHECK(ask(node, server,
            {erl(R"({put_chars, unicode, <<"größe "/utf8>>})"),
             erl(R"({put_chars, unicode, ["a", [$b | <<"c">>], 8364]})"),
             erl("{put_chars, latin1, <<252>>}"), erl("{put_chars, [246]}"),
             erl(R"({requests, [{put_chars, unicode, "1"}, {put_chars, unicode, "2"}]})")}) ==
        trace{"ok", "ok", "ok", "ok", "ok"});
  CHECK(written == "größe abc€üö12");
}

TEST_CASE("an I/O server gives lines until its end, and eof where it has no input") {
  test_shard node;
  std::string written;
  const term line = erl(R"({get_line, unicode, "> "})");
  CHECK(ask(node, start_server(node, written), {line, line, line}) ==
        trace{R"(<<"> line\n">>)", R"(<<"> line\n">>)", "eof"});
  CHECK(ask(node, start_server(node, written, false), {line}) == trace{"eof"});
}

TEST_CASE("an I/O server refuses what is no text or no request, and goes on") {
  test_shard node;
  std::string written;
  const pid server = start_server(node, written);
  CHECK(ask(node, server,
            {erl("{put_chars, unicode, <<255>>}"), erl("{put_chars, unicode, atom}"),
             erl("{put_chars, unicode, [1114112]}"), erl("{put_chars, unicode, [55296]}"),
             erl("{put_chars, unicode, 65}"), erl("{put_chars, unicode, [<<1:1>>]}"), erl("what"),
             erl("{}"), erl("{requests, [{requests, []}]}"),
             erl(R"({requests, [nonsense, {put_chars, unicode, "not reached"}]})")}) ==
        trace{"{error,put_chars}", "{error,put_chars}", "{error,put_chars}", "{error,put_chars}",
              "{error,put_chars}", "{error,put_chars}", "{error,request}", "{error,request}",
              "{error,request}", "{error,request}"});
  CHECK(written.empty());
  node.root().send(server, erl("{io_request, no_pid, ref, x}"));
  node.run();
  CHECK(node.alive(server));
}

TEST_CASE("put_chars and get_line go to the group leader, and other messages stay") {
  test_shard node;
  std::string written;
  const pid server = start_server(node, written);
  trace seen;
  const pid writer = node.spawn([&](process& self) -> task<> {
    self.group_leader(server);
    self.send(self.pid(), atom("kept"));
    co_await io::put_chars(self, "one");
    const term line = co_await io::get_line(self, term::from(std::string("? ")));
    seen.push_back(line.to_string());
    seen.push_back(std::string((co_await self.receive<atom>()).text()));
    const auto left = co_await self.receive<term>(1s);
    seen.push_back(left ? left->to_string() : "nothing");
  });
  node.run();
  node.advance(2s);
  CHECK(written == "one");
  CHECK(seen == trace{R"(<<"? line\n">>)", "kept", "nothing"});
  CHECK(!node.alive(writer));
}

TEST_CASE("without a group leader put_chars is terminated; what is no UTF-8 is badarg") {
  test_shard node;
  trace seen;
  node.spawn([&](process& self) -> task<> {
    const pid dead = self.spawn([](process&) -> task<> { co_return; });
    co_await self.sleep(1s);
    self.group_leader(dead);
    for (const std::string text :
         {"text", "\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
      try {
        co_await io::put_chars(self, text);
      } catch (const error_with& e) {
        seen.push_back(e.reason().to_string());
      }
    }
    const term line = co_await io::get_line(self, term::from(std::string("? ")));
    seen.push_back(line.to_string());
  });
  node.run();
  node.advance(2s);
  CHECK(seen == trace{"terminated", "badarg", "badarg", "badarg", "badarg", "badarg",
                      "{error,terminated}"});
}

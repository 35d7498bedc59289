// Asio inside processes: one process is a small HTTP/1.0 server, another asks it for a page. They
// read and write sockets as they would receive messages, without callbacks and without threads.
#include <beamnode/beamnode.hpp>
#include <beamnode/node/use_task.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cstdio>

using namespace beamnode;
using boost::asio::buffer, boost::asio::dynamic_buffer, boost::asio::ip::tcp;

task<> http_server(process& self, pid client) {
  tcp::acceptor acceptor(io_context_of(self), {boost::asio::ip::address_v4::loopback(), 0});
  self.send(client, acceptor.local_endpoint().port());
  for (;;) {
    tcp::socket browser = co_await acceptor.async_accept(use_task(self));
    std::string request;
    co_await async_read_until(browser, dynamic_buffer(request), "\r\n\r\n", use_task(self));
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    const std::string page = "HTTP/1.0 200 OK\r\n\r\nThis is " + path + "\n";
    co_await async_write(browser, buffer(page), use_task(self));
  }
}

task<std::string> http_get(process& self, std::uint16_t port, std::string path) {
  tcp::socket socket(io_context_of(self));
  const tcp::endpoint there(boost::asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(there, use_task(self));
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  co_await async_write(socket, buffer(request), use_task(self));
  std::string page;
  const auto until_closed = boost::asio::as_tuple(use_task(self));
  co_await async_read(socket, dynamic_buffer(page), until_closed);
  co_return page;
}

task<> browse(process& self, node& whole) {
  const pid server = self.spawn_link(http_server, self.pid());
  const auto port = co_await self.receive<std::uint16_t>();
  const std::string page = co_await http_get(self, port, "/tour.html");
  std::fputs(page.substr(page.find("\r\n\r\n") + 4).c_str(), stdout);
  self.unlink(server);
  self.exit(server, etf::atom("kill"));  // it waits in async_accept: that is cancelled
  whole.stop();
}

int main() {
  node n({.name = "browser@localhost", .cookie = "secret", .listen = false});
  n.start();
  n.spawn(browse, std::ref(n));
  n.run();
}

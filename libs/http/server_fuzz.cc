// The whole server over a socketpair. Invariants: it ends when the client has hung up; every answer
// begins with a status line; the bytes of a request never come back in an answer of the server's
// own.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "http/server.h"

namespace {

namespace asio = boost::asio;
using secai::http::Response;

class EchoLength final : public secai::http::Service {
 public:
  asio::awaitable<Response> Handle(secai::http::Exchange* exchange) override {
    const auto body = co_await exchange->ReadBody(4096);
    if (!body.has_value()) co_return Refuse(400, "bad body");
    co_return secai::http::MakeResponse(200, "text/plain", std::to_string(body->size()));
  }
  Response Refuse(int status, std::string_view reason) override {
    return secai::http::MakeResponse(status, "text/plain", std::string(reason));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 32768) return -1;  // Fits in the socket buffer: the write never blocks.
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  if (::write(ends[1], data, size) != static_cast<ssize_t>(size)) std::abort();
  ::shutdown(ends[1], SHUT_WR);
  asio::io_context io;
  EchoLength service;
  secai::http::ServerLimits limits;
  limits.max_header_bytes = 2048;
  secai::http::Server server(io.get_executor(), &service, nullptr, limits);
  if (!server.AddConnection(secai::UniqueFd(ends[0]), {}, 80).has_value()) std::abort();
  io.run_for(std::chrono::seconds(20));
  if (server.stats().open_connections != 0) std::abort();
  std::string answer(65536, '\0');
  const ssize_t got = ::recv(ends[1], answer.data(), answer.size(), MSG_DONTWAIT);
  if (got > 0 && !answer.starts_with("HTTP/1.1 ")) std::abort();
  ::close(ends[1]);
  return 0;
}

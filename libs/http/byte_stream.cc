#include "http/byte_stream.h"

#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>

namespace secai::http {
namespace {

namespace asio = boost::asio;
using Protocol = asio::generic::stream_protocol;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kHangUpPollInterval{200};
constexpr std::size_t kLingerChunkBytes = std::size_t{16} << 10;

auto Gone() { return Fail(ErrorCode::kUnavailable, "the client has gone or is too slow"); }

}  // namespace

class ByteStream::Impl {
 public:
  explicit Impl(Protocol::socket socket) : stream(std::move(socket)) {}

  boost::beast::basic_stream<Protocol> stream;
};

ByteStream::ByteStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteStream::~ByteStream() = default;

Result<std::unique_ptr<ByteStream>> ByteStream::Create(asio::any_io_executor executor,
                                                       UniqueFd socket) {
  int domain = 0;
  int type = 0;
  socklen_t size = sizeof(int);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
      ::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) {
    return Fail(ErrorCode::kInvalidArgument, "not a stream socket");
  }
  Protocol::socket made(std::move(executor));
  boost::system::error_code error;
  made.assign(Protocol(domain, 0), socket.get(), error);
  if (error) return Fail(ErrorCode::kInternal, "cannot watch a socket: " + error.message());
  static_cast<void>(socket.Release());  // `made` owns it now.
  made.non_blocking(true, error);
  if (error) return Fail(ErrorCode::kInternal, "cannot make a socket non-blocking");
  return std::unique_ptr<ByteStream>(new ByteStream(std::make_unique<Impl>(std::move(made))));
}

asio::awaitable<Result<std::size_t>> ByteStream::ReadSome(char* data, std::size_t size,
                                                          std::chrono::milliseconds budget) {
  impl_->stream.expires_after(budget);
  const auto [error, got] =
      co_await impl_->stream.async_read_some(asio::buffer(data, size), kUseTuple);
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return Gone();
  co_return got;
}

asio::awaitable<Result<>> ByteStream::Write(std::string bytes,
                                            std::shared_ptr<const std::string> more,
                                            std::chrono::milliseconds budget) {
  impl_->stream.expires_after(budget);
  const std::array<asio::const_buffer, 2> buffers = {
      asio::buffer(bytes), more == nullptr ? asio::const_buffer() : asio::buffer(*more)};
  const auto [error, written] = co_await asio::async_write(impl_->stream, buffers, kUseTuple);
  if (error) co_return Gone();
  co_return Ok();
}

asio::awaitable<void> ByteStream::WaitHangUp() {
  auto& socket = impl_->stream.socket();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  bool has_unread = false;
  while (socket.is_open()) {
    if (has_unread) {
      timer.expires_after(kHangUpPollInterval);
      co_await timer.async_wait(kUseTuple);
      if (!socket.is_open()) co_return;
      pollfd asked = {.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
      if (::poll(&asked, 1, 0) > 0) co_return;
      continue;
    }
    const auto [error] = co_await socket.async_wait(Protocol::socket::wait_read, kUseTuple);
    if (error || !socket.is_open()) co_return;
    char byte = 0;
    const ssize_t got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0) co_return;
    if (got < 0 && errno != EAGAIN && errno != EINTR) co_return;
    has_unread = got > 0;
  }
}

asio::awaitable<void> ByteStream::Linger(std::size_t max_bytes, std::chrono::milliseconds budget) {
  boost::system::error_code ignored;  // A socket that cannot be shut down is as good as closed.
  impl_->stream.socket().shutdown(Protocol::socket::shutdown_send, ignored);
  std::array<char, kLingerChunkBytes> chunk = {};
  std::size_t dropped = 0;
  while (dropped < max_bytes) {
    const Result<std::size_t> got = co_await ReadSome(chunk.data(), chunk.size(), budget);
    if (!got.has_value() || *got == 0) co_return;
    dropped += *got;
  }
}

void ByteStream::Close() { impl_->stream.close(); }

}  // namespace secai::http

#include "net/link_writer.h"

#include <span>
#include <string_view>
#include <utility>

#include "net/fd_io.h"

namespace secai::net {
namespace {

namespace asio = boost::asio;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

LinkWriter::LinkWriter(Socket* socket)
    : socket_(socket), has_work_(socket->get_executor()), has_drained_(socket->get_executor()) {}

void LinkWriter::Push(std::string frame, std::vector<UniqueFd> fds) {
  if (has_stopped_) return;
  queue_.push_back({.frame = std::move(frame), .fds = std::move(fds)});
  ++pushed_;
  // The common case, a socket with room, costs one system call and no switch of coroutine. An error
  // is met again, and reported, by Run().
  if (queue_.size() > 1 || !SendQueued().has_value() || !queue_.empty()) has_work_.Notify();
}

asio::awaitable<Result<>> LinkWriter::Drain() {
  const std::uint64_t target = pushed_;
  while (!has_stopped_ && written_ < target) co_await has_drained_.Wait();
  if (written_ < target) co_return Fail(ErrorCode::kUnavailable, "the other side hung up");
  co_return Ok();
}

Result<> LinkWriter::SendQueued() {
  while (!queue_.empty()) {
    Pending& next = queue_.front();
    const std::string_view left = std::string_view(next.frame).substr(next.sent);
    const std::span<const UniqueFd> fds = next.sent == 0 ? next.fds : std::span<const UniqueFd>();
    TRY_ASSIGN(const IoCount count, SendSome(socket_->native_handle(), left, fds));
    if (count.would_block) break;
    next.sent += count.bytes;
    if (next.sent < next.frame.size()) continue;
    queue_.pop_front();
    ++written_;
    has_drained_.Notify();
  }
  return Ok();
}

asio::awaitable<Result<>> LinkWriter::Run() {
  while (!has_stopped_) {
    CO_TRY(SendQueued());
    if (queue_.empty()) {
      co_await has_work_.Wait();
      continue;
    }
    const auto [error] = co_await socket_->async_wait(Socket::wait_write, kUseTuple);
    if (error) co_return Fail(ErrorCode::kUnavailable, error.message());
  }
  co_return Ok();
}

void LinkWriter::Stop() {
  has_stopped_ = true;
  queue_.clear();
  has_work_.Notify();
  has_drained_.Notify();
}

}  // namespace secai::net

#include "service/room_link.h"

#include <algorithm>
#include <utility>

#include "base/json_fields.h"

namespace secai::service {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// How long an answer in parts may wait for its link; calls bring their own budget.
constexpr milliseconds kConnectBudget{5000};
constexpr std::size_t kMinFrameLimit = std::size_t{64} << 10;
constexpr std::size_t kMaxFrameLimit = std::size_t{16} << 20;

}  // namespace

Result<std::size_t> MaxFrameBytes(const net::Message& message) {
  TRY_ASSIGN(const std::uint64_t bytes, GetUint(message.body, "max_frame_bytes", kMaxFrameLimit));
  if (bytes < kMinFrameLimit) {
    return Fail(ErrorCode::kInvalidArgument, "max_frame_bytes: too small");
  }
  return bytes;
}

Result<net::Link::Socket> TakeSocket(const asio::any_io_executor& executor, net::Message* message) {
  if (message->fds.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "expected one descriptor");
  }
  net::Link::Socket socket(executor);
  boost::system::error_code error;
  socket.assign(asio::local::stream_protocol(), message->fds.front().get(), error);
  if (error) return Fail(ErrorCode::kInvalidArgument, "not a socket: " + error.message());
  (void)message->fds.front().Release();  // The socket owns it now.
  message->fds.clear();
  return socket;
}

RoomLink::RoomLink(asio::any_io_executor executor, std::string room, net::Caller* control)
    : executor_(std::move(executor)),
      room_(std::move(room)),
      control_(control),
      connecting_(std::make_shared<Connecting>(executor_)) {}

// Ends the period of connecting however the coroutine ends, cancelled or not.
class RoomLink::ConnectingMark {
 public:
  explicit ConnectingMark(std::shared_ptr<Connecting> connecting)
      : connecting_(std::move(connecting)) {
    connecting_->is_active = true;
  }
  ConnectingMark(const ConnectingMark&) = delete;
  ConnectingMark& operator=(const ConnectingMark&) = delete;
  ~ConnectingMark() {
    connecting_->is_active = false;
    connecting_->ended.Notify();
  }

 private:
  std::shared_ptr<Connecting> connecting_;
};

void RoomLink::Close() {
  if (link_ != nullptr) link_->Close();
}

asio::awaitable<Result<net::Message>> RoomLink::Call(std::string method, net::Message request,
                                                     milliseconds budget) {
  const auto deadline = std::chrono::steady_clock::now() + budget;
  CO_TRY_ASSIGN(const std::shared_ptr<net::Link> link, co_await Connect(budget));
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  co_return co_await link->Call(std::move(method), std::move(request), left);
}

asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> RoomLink::Open(std::string method,
                                                                          net::Message request) {
  CO_TRY_ASSIGN(const std::shared_ptr<net::Link> link, co_await Connect(kConnectBudget));
  co_return co_await link->Open(std::move(method), std::move(request));
}

asio::awaitable<Result<std::shared_ptr<net::Link>>> RoomLink::Connect(milliseconds budget) {
  // The one who connects is bounded by its budget, so those who wait here are bounded too.
  while (connecting_->is_active) co_await connecting_->ended.Wait();
  if (link_ != nullptr && link_->is_open()) co_return link_;
  const ConnectingMark mark(connecting_);
  CO_TRY_ASSIGN(link_, co_await AskForLink(std::min(budget, kConnectBudget)));
  co_return link_;
}

asio::awaitable<Result<std::shared_ptr<net::Link>>> RoomLink::AskForLink(milliseconds budget) {
  net::Message request;
  request.body["room"] = room_;
  auto answer = co_await control_->Call("control.link", std::move(request), budget);
  if (!answer.has_value()) {
    co_return tl::unexpected(std::move(answer).error().Wrap("no link to " + room_));
  }
  CO_TRY_ASSIGN(const std::size_t max_frame_bytes, MaxFrameBytes(*answer));
  CO_TRY_ASSIGN(net::Link::Socket socket, TakeSocket(executor_, &*answer));
  net::LinkOptions options;
  options.peer = room_;
  options.max_frame_bytes = max_frame_bytes;
  co_return net::Link::Start(std::move(socket), std::move(options));
}

}  // namespace secai::service

#include "http/server.h"

#include <cerrno>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/connection.h"
#include "http/socket_endpoints.h"

namespace secai::http {
namespace {

namespace asio = boost::asio;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
// Out of descriptors: accepting again at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

int SocketOption(int socket, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

std::optional<std::uint32_t> UnixPeer(int socket) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return credentials.uid;
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(asio::any_io_executor executor, Service* service, OwnerPeer* owner_peer, ServerLimits limits)
      : executor_(std::move(executor)),
        service_(service),
        owner_peer_(owner_peer),
        limits_(limits) {}

  Result<> AddListener(UniqueFd listener) {
    const int domain = SocketOption(listener.get(), SO_DOMAIN);
    const bool is_tcp = domain == AF_INET || domain == AF_INET6;
    if (SocketOption(listener.get(), SO_ACCEPTCONN) != 1 || (!is_tcp && domain != AF_UNIX) ||
        SocketOption(listener.get(), SO_TYPE) != SOCK_STREAM) {
      return Fail(ErrorCode::kInvalidArgument, "the descriptor is not a listening stream socket");
    }
    // Accepted sockets inherit it: an event must not wait for the next one. Of no use to others.
    const int on = 1;
    if (is_tcp && ::setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
      return Fail(ErrorCode::kInternal, "cannot set TCP_NODELAY on a listener");
    }
    boost::system::error_code error;
    auto watched = std::make_unique<asio::posix::stream_descriptor>(executor_);
    watched->assign(listener.get(), error);
    if (error) return Fail(ErrorCode::kInternal, "cannot watch a listener: " + error.message());
    static_cast<void>(listener.Release());  // `watched` owns it now.
    watched->non_blocking(true, error);
    if (error) return Fail(ErrorCode::kInternal, "cannot make a listener non-blocking");
    listeners_.push_back(std::move(watched));
    asio::co_spawn(executor_, Accept(shared_from_this(), listeners_.back().get(), is_tcp),
                   [](const std::exception_ptr&) {});  // Ends when the listener is closed.
    return Ok();
  }

  Result<> AddConnection(UniqueFd socket, const Peer& peer, std::uint16_t own_port) {
    if (is_stopped_) return Fail(ErrorCode::kUnavailable, "the server has stopped");
    if (stats_.open_connections >= limits_.max_connections ||
        per_uid_[peer.uid] >= limits_.max_connections_per_uid) {
      ++stats_.refused_connections;
      return Fail(ErrorCode::kUnavailable, "too many connections");
    }
    TRY_ASSIGN(auto stream, ByteStream::Create(executor_, std::move(socket)));
    ConnectionContext context;
    context.service = service_;
    context.limits = &limits_;
    context.stats = &stats_;
    context.peer = peer;
    context.own_port = own_port;
    auto signal = std::make_shared<asio::cancellation_signal>();
    signals_.insert(signal);
    ++stats_.open_connections;
    ++stats_.accepted_connections;
    ++per_uid_[peer.uid];
    asio::co_spawn(
        executor_, ServeConnection(std::move(stream), context),
        asio::bind_cancellation_slot(
            signal->slot(),
            // Cancelled or failed: either way the connection is closed, and nobody else is hurt.
            [self = shared_from_this(), signal, uid = peer.uid](const std::exception_ptr&) {
              self->signals_.erase(signal);
              --self->stats_.open_connections;
              if (--self->per_uid_[uid] == 0) self->per_uid_.erase(uid);
            }));
    return Ok();
  }

  void Stop() {
    is_stopped_ = true;
    for (const auto& listener : listeners_) {
      boost::system::error_code ignored;  // Closed is closed.
      listener->close(ignored);
    }
    const auto signals = signals_;  // A connection that ends takes itself out.
    for (const auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
  }

  const ServerStats& stats() const { return stats_; }

 private:
  static asio::awaitable<void> Accept(std::shared_ptr<Impl> self,
                                      asio::posix::stream_descriptor* listener, bool is_tcp) {
    asio::steady_timer pause(self->executor_);
    while (!self->is_stopped_) {
      const auto [error] =
          co_await listener->async_wait(asio::posix::stream_descriptor::wait_read, kUseTuple);
      if (error || self->is_stopped_) co_return;
      UniqueFd socket(
          ::accept4(listener->native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket.is_open()) {
        self->Admit(std::move(socket), is_tcp);
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kUseTuple);
      }
    }
  }

  void Admit(UniqueFd socket, bool is_tcp) {
    Peer peer;
    std::uint16_t own_port = 0;
    if (is_tcp) {
      const Result<SocketEndpoints> ends = EndpointsOf(socket.get());
      if (!ends.has_value()) return;  // It has gone already.
      own_port = ends->own_port;
      if (owner_peer_ != nullptr) peer.uid = owner_peer_->Find(*ends);
    } else {
      peer.transport = Peer::Transport::kUnix;
      peer.uid = UnixPeer(socket.get());
    }
    // Over a limit: counted there, and closed here.
    static_cast<void>(AddConnection(std::move(socket), peer, own_port).has_value());
  }

  asio::any_io_executor executor_;
  Service* service_;
  OwnerPeer* owner_peer_;
  ServerLimits limits_;
  ServerStats stats_;
  bool is_stopped_ = false;
  std::vector<std::unique_ptr<asio::posix::stream_descriptor>> listeners_;
  std::set<std::shared_ptr<asio::cancellation_signal>> signals_;
  std::map<std::optional<std::uint32_t>, std::size_t> per_uid_;
};

Server::Server(asio::any_io_executor executor, Service* service, OwnerPeer* owner_peer,
               ServerLimits limits)
    : impl_(std::make_shared<Impl>(std::move(executor), service, owner_peer, limits)) {}

Server::~Server() { impl_->Stop(); }

Result<> Server::AddListener(UniqueFd listener) { return impl_->AddListener(std::move(listener)); }

Result<> Server::AddConnection(UniqueFd socket, Peer peer, std::uint16_t own_port) {
  return impl_->AddConnection(std::move(socket), peer, own_port);
}

void Server::Stop() { impl_->Stop(); }

const ServerStats& Server::stats() const { return impl_->stats(); }

}  // namespace secai::http

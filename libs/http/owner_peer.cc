#include "http/owner_peer.h"

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/sock_diag_format.h"

namespace secai::http {
namespace {

constexpr std::size_t kMaxDatagramBytes = std::size_t{16} << 10;
constexpr int kMaxStaleDatagrams = 16;
constexpr std::size_t kMaxProcNetBytes = std::size_t{4} << 20;

class SockDiagOwnerPeer final : public OwnerPeer {
 public:
  explicit SockDiagOwnerPeer(UniqueFd socket) : socket_(std::move(socket)) {}

  std::optional<std::uint32_t> Find(const SocketEndpoints& connection) override {
    const std::uint32_t sequence = ++sequence_;
    const std::string question = EncodeSockDiagQuestion(connection, sequence);
    // write(2), not sendto(2): without an address the kernel (port 0) is meant, and the sandbox
    // refuses sends with one.
    const ssize_t written = ::write(socket_.get(), question.data(), question.size());
    if (written != static_cast<ssize_t>(question.size())) return std::nullopt;
    for (int i = 0; i < kMaxStaleDatagrams; ++i) {
      std::array<char, kMaxDatagramBytes> buffer = {};
      const ssize_t got = ::read(socket_.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      const SockDiagAnswer answer =
          ParseSockDiagAnswer({buffer.data(), static_cast<std::size_t>(got)}, connection, sequence);
      if (answer.is_ours) return answer.uid;
    }
    return std::nullopt;
  }

 private:
  UniqueFd socket_;
  std::uint32_t sequence_ = 0;
};

class ProcNetOwnerPeer final : public OwnerPeer {
 public:
  ProcNetOwnerPeer(UniqueFd tcp, UniqueFd tcp6) : tcp_(std::move(tcp)), tcp6_(std::move(tcp6)) {}

  std::optional<std::uint32_t> Find(const SocketEndpoints& connection) override {
    if (connection.is_ipv6) return FindInProcNet(ReadAll(tcp6_), connection);
    if (const auto uid = FindInProcNet(ReadAll(tcp_), connection); uid.has_value()) return uid;
    // An IPv4 connection of an IPv6 socket is listed in tcp6 with mapped addresses.
    SocketEndpoints mapped = connection;
    mapped.is_ipv6 = true;
    mapped.own_address = Mapped(connection.own_address);
    mapped.peer_address = Mapped(connection.peer_address);
    return FindInProcNet(ReadAll(tcp6_), mapped);
  }

 private:
  static std::array<std::uint8_t, 16> Mapped(const std::array<std::uint8_t, 16>& v4) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4[0], v4[1], v4[2], v4[3]};
  }

  // Empty when it cannot be read whole: then nobody is found.
  static std::string ReadAll(const UniqueFd& file) {
    if (!file.is_open()) return {};
    std::string text;
    std::array<char, 16384> chunk = {};
    while (text.size() < kMaxProcNetBytes) {
      const ssize_t got =
          ::pread(file.get(), chunk.data(), chunk.size(), static_cast<off_t>(text.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return {};
      if (got == 0) return text;
      text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return {};
  }

  UniqueFd tcp_;
  UniqueFd tcp6_;
};

}  // namespace

Result<std::unique_ptr<OwnerPeer>> MakeSockDiagOwnerPeer(UniqueFd sock_diag) {
  int domain = 0;
  int protocol = 0;
  socklen_t size = sizeof(int);
  const bool is_socket =
      ::getsockopt(sock_diag.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
      ::getsockopt(sock_diag.get(), SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0;
  if (!is_socket || domain != AF_NETLINK || protocol != NETLINK_SOCK_DIAG) {
    return Fail(ErrorCode::kInvalidArgument, "the descriptor is not a sock_diag netlink socket");
  }
  const int flags = ::fcntl(sock_diag.get(), F_GETFL);
  if (flags < 0 || ::fcntl(sock_diag.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return Fail(ErrorCode::kInternal, "cannot make the sock_diag socket non-blocking");
  }
  return std::unique_ptr<OwnerPeer>(std::make_unique<SockDiagOwnerPeer>(std::move(sock_diag)));
}

std::unique_ptr<OwnerPeer> MakeProcNetOwnerPeer(UniqueFd tcp, UniqueFd tcp6) {
  return std::make_unique<ProcNetOwnerPeer>(std::move(tcp), std::move(tcp6));
}

}  // namespace secai::http

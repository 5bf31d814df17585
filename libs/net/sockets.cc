#include "net/sockets.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace secai::net {
namespace {

constexpr int kBacklog = 128;

tl::unexpected<Error> FailErrno(const char* what) {
  const int error = errno;
  const std::string message = std::string(what) + ": " + std::strerror(error);
  switch (error) {
    case EADDRINUSE:
      return Fail(ErrorCode::kUnavailable, message);
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case EADDRNOTAVAIL:
      return Fail(ErrorCode::kNotFound, message);
    case EACCES:
    case EPERM:
      return Fail(ErrorCode::kDenied, message);
    case ECONNREFUSED:
    case ENOENT:
      return Fail(ErrorCode::kUnavailable, message);
    default:
      return Fail(ErrorCode::kInternal, message);
  }
}

// The address types of the kernel interface are read through their common head; this is the one
// cast.
template <typename Address>
const sockaddr* Generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Result<sockaddr_un> UnixAddress(int folder_fd, const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder_fd) + "/" + name;
  if (path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kInvalidArgument, "socket name too long: " + name);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> MakeSocketPair() {
  int pair[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return FailErrno("socketpair");
  }
  return std::pair(UniqueFd(pair[0]), UniqueFd(pair[1]));
}

Result<UniqueFd> ListenOnLoopback(LoopbackFamily family, std::uint16_t port) {
  const bool is_ipv6 = family == LoopbackFamily::kIpv6;
  UniqueFd fd(
      ::socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return FailErrno("socket");
  const int on = 1;
  // A restart must not wait for old connections in TIME_WAIT; two listeners still exclude each
  // other.
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return FailErrno("SO_REUSEADDR");
  }
  int bound = -1;
  if (is_ipv6) {
    if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) {
      return FailErrno("IPV6_V6ONLY");
    }
    sockaddr_in6 address = {};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    bound = ::bind(fd.get(), Generic(address), sizeof(address));
  } else {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bound = ::bind(fd.get(), Generic(address), sizeof(address));
  }
  if (bound != 0) return FailErrno("bind");
  if (::listen(fd.get(), kBacklog) != 0) return FailErrno("listen");
  return fd;
}

Result<std::uint16_t> BoundPort(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return FailErrno("getsockname");
  }
  if (address.ss_family == AF_INET) {
    sockaddr_in ipv4 = {};
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    return ntohs(ipv4.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 ipv6 = {};
    std::memcpy(&ipv6, &address, sizeof(ipv6));
    return ntohs(ipv6.sin6_port);
  }
  return Fail(ErrorCode::kInvalidArgument, "not an internet socket");
}

Result<UniqueFd> ListenOnUnixSocket(int folder_fd, const std::string& name) {
  TRY_ASSIGN(const sockaddr_un address, UnixAddress(folder_fd, name));
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return FailErrno("socket");
  if (::unlinkat(folder_fd, name.c_str(), 0) != 0 && errno != ENOENT) return FailErrno("unlink");
  // The mode given before bind() is the mode of the new file (unix(7)): never open to others.
  if (::fchmod(fd.get(), 0600) != 0) return FailErrno("fchmod");
  if (::bind(fd.get(), Generic(address), sizeof(address)) != 0) return FailErrno("bind");
  if (::listen(fd.get(), kBacklog) != 0) return FailErrno("listen");
  return fd;
}

Result<UniqueFd> ConnectToUnixSocket(int folder_fd, const std::string& name) {
  TRY_ASSIGN(const sockaddr_un address, UnixAddress(folder_fd, name));
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return FailErrno("socket");
  if (::connect(fd.get(), Generic(address), sizeof(address)) != 0) return FailErrno("connect");
  return fd;
}

Result<UniqueFd> OpenSockDiag() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd.is_open()) return Fail(ErrorCode::kNotFound, "this kernel has no sock_diag");
  return fd;
}

}  // namespace secai::net

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempts.h"

namespace secai::containment {
namespace {

int Socket(int family, int type, int protocol = 0) {
  const UniqueFd fd(::socket(family, type | SOCK_CLOEXEC, protocol));
  return fd.is_open() ? 0 : errno;
}

int ConnectTcp(int fd, const sockaddr_in& address) {
  return ErrnoOf(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

int ConnectUnix(int fd, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return ErrnoOf(::connect(fd, reinterpret_cast<const sockaddr*>(&address), size));
}

// An accepted socket is dissolved with AF_UNSPEC, and is then free to connect anywhere.
int TurnAcceptedSocket(const World& world) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  if (const int error = ErrnoOf(::connect(world.accepted(), &nowhere, sizeof nowhere));
      error != 0) {
    return error;
  }
  return ConnectTcp(world.accepted(), world.elsewhere());
}

// A listener that was shut down is closed inside, and MSG_FASTOPEN connects and sends in one call.
int FastOpen(int fd, const sockaddr_in& address) {
  ::shutdown(fd, SHUT_RD);
  const long sent = ::sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return sent >= 0 || errno == EINPROGRESS ? 0 : errno;
}

int FastOpenByMessage(int fd, sockaddr_in address) {
  ::shutdown(fd, SHUT_RD);
  char byte = 'x';
  iovec part{.iov_base = &byte, .iov_len = 1};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const long sent = ::sendmsg(fd, &message, MSG_FASTOPEN | MSG_NOSIGNAL);
  return sent >= 0 || errno == EINPROGRESS ? 0 : errno;
}

int SendMany(int fd) {
  mmsghdr message{};
  const int sent = ::sendmmsg(fd, &message, 1, MSG_NOSIGNAL);
  return sent >= 0 || errno == EPIPE || errno == ENOTCONN ? 0 : errno;
}

int Bind(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ErrnoOf(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
}

int Pair(int type) {
  int fds[2] = {-1, -1};
  const int error = ErrnoOf(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds));
  ::close(fds[0]);
  ::close(fds[1]);
  return error;
}

int SetOption(int fd, int level, int option) {
  const int on = 1;
  return ErrnoOf(::setsockopt(fd, level, option, &on, sizeof on));
}

int Accept(int listener) {
  const UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  return fd.is_open() ? 0 : errno;
}

}  // namespace

std::vector<Attempt> SocketAttempts() {
  return {
      {"make an IPv4 socket", [](const World&) { return Socket(AF_INET, SOCK_STREAM); }},
      {"make an IPv6 socket", [](const World&) { return Socket(AF_INET6, SOCK_STREAM); },
       Unconfined::kMayFail},
      {"make a UDP socket", [](const World&) { return Socket(AF_INET, SOCK_DGRAM); }},
      {"make a netlink socket",
       [](const World&) { return Socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }},
      {"make a packet socket",
       [](const World&) { return Socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)); },
       Unconfined::kMayFail},
      {"make a Unix socket", [](const World&) { return Socket(AF_UNIX, SOCK_STREAM); }},
      {"make a kernel crypto socket", [](const World&) { return Socket(AF_ALG, SOCK_SEQPACKET); },
       Unconfined::kMayFail},
      {"make a vsock socket", [](const World&) { return Socket(AF_VSOCK, SOCK_STREAM); },
       Unconfined::kMayFail},
      {"make a datagram pair", [](const World&) { return Pair(SOCK_DGRAM); }},
      {"make a stream pair", [](const World&) { return Pair(SOCK_STREAM); }},
      {"connect over TCP", [](const World& w) { return ConnectTcp(w.idle_tcp(), w.elsewhere()); }},
      {"turn an accepted socket elsewhere", TurnAcceptedSocket},
      {"send from a listener by MSG_FASTOPEN",
       [](const World& w) { return FastOpen(w.Listener(), w.elsewhere()); }},
      {"send from a listener by sendmsg and MSG_FASTOPEN",
       [](const World& w) { return FastOpenByMessage(w.Listener(), w.elsewhere()); }},
      {"send from an idle socket by MSG_FASTOPEN",
       [](const World& w) { return FastOpen(w.idle_tcp(), w.elsewhere()); }},
      {"send many messages", [](const World& w) { return SendMany(w.accepted()); }},
      {"switch on TCP_FASTOPEN_CONNECT",
       [](const World& w) { return SetOption(w.idle_tcp(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT); }},
      {"attach a program to a socket",
       [](const World& w) { return SetOption(w.accepted(), SOL_SOCKET, SO_ATTACH_FILTER); },
       Unconfined::kMayFail},
      {"set TCP_NODELAY",
       [](const World& w) { return SetOption(w.accepted(), IPPROTO_TCP, TCP_NODELAY); }},
      {"bind", [](const World& w) { return Bind(w.idle_tcp()); }},
      {"listen", [](const World& w) { return ErrnoOf(::listen(w.idle_tcp(), 1)); }},
      {"accept on the listener", [](const World& w) { return Accept(w.Listener()); }},
      {"connect to another room's socket by path",
       [](const World& w) { return ConnectUnix(w.idle_unix(), w.unix_path()); }},
      {"connect to another room's abstract socket",
       [](const World& w) { return ConnectUnix(w.idle_unix(), w.abstract_name()); }},
  };
}

}  // namespace secai::containment

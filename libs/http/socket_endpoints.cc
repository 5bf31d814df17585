#include "http/socket_endpoints.h"

#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

namespace secai::http {
namespace {

struct End {
  bool is_ipv6 = false;
  std::array<std::uint8_t, 16> address = {};
  std::uint16_t port = 0;
};

Result<End> ReadEnd(const sockaddr_storage& storage) {
  End end;
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4 = {};
    std::memcpy(&v4, &storage, sizeof(v4));
    std::memcpy(end.address.data(), &v4.sin_addr, 4);
    end.port = ntohs(v4.sin_port);
    return end;
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6 = {};
    std::memcpy(&v6, &storage, sizeof(v6));
    end.port = ntohs(v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      std::memcpy(end.address.data(), &v6.sin6_addr.s6_addr[12], 4);
    } else {
      end.is_ipv6 = true;
      std::memcpy(end.address.data(), &v6.sin6_addr, 16);
    }
    return end;
  }
  return Fail(ErrorCode::kInvalidArgument, "not a TCP socket");
}

}  // namespace

Result<SocketEndpoints> EndpointsOf(int socket) {
  sockaddr_storage own = {};
  sockaddr_storage peer = {};
  socklen_t own_size = sizeof(own);
  socklen_t peer_size = sizeof(peer);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &own_size) != 0 ||
      ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
    return Fail(ErrorCode::kUnavailable, "the socket is not connected any more");
  }
  TRY_ASSIGN(const End own_end, ReadEnd(own));
  TRY_ASSIGN(const End peer_end, ReadEnd(peer));
  if (own_end.is_ipv6 != peer_end.is_ipv6) {
    return Fail(ErrorCode::kInvalidArgument, "ends of two address families");
  }
  SocketEndpoints ends;
  ends.is_ipv6 = own_end.is_ipv6;
  ends.own_address = own_end.address;
  ends.own_port = own_end.port;
  ends.peer_address = peer_end.address;
  ends.peer_port = peer_end.port;
  return ends;
}

}  // namespace secai::http

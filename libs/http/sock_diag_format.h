#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/socket_endpoints.h"

namespace secai::http {

// A question to the kernel: "who owns the socket whose own end is our peer, and whose peer is our
// own end?" Returns one netlink message (sock_diag(7), struct inet_diag_req_v2), host byte order
// outside the addresses and ports.
std::string EncodeSockDiagQuestion(const SocketEndpoints& connection, std::uint32_t sequence);

// What one datagram of answers says.
struct SockDiagAnswer {
  bool is_ours = false;              // A message with that sequence number was in it: stop reading.
  std::optional<std::uint32_t> uid;  // Only for that pair of ends, ESTABLISHED, with an inode.
};

// Reads the messages of one datagram; anything that is cut short, or of another kind, says nothing.
// Thread-safety: a pure function. Trust: from the kernel, but judged as if it were not.
SockDiagAnswer ParseSockDiagAnswer(std::string_view datagram, const SocketEndpoints& connection,
                                   std::uint32_t sequence);

// The same question put to the text of /proc/net/tcp or tcp6 (proc(5)), under the same rule.
std::optional<std::uint32_t> FindInProcNet(std::string_view text,
                                           const SocketEndpoints& connection);

}  // namespace secai::http

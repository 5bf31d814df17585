#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"

namespace secai::http {

// The two ends of one TCP connection as numbers. IPv4 addresses stand in the first 4 bytes. Plain
// value.
struct SocketEndpoints {
  bool is_ipv6 = false;
  std::array<std::uint8_t, 16> own_address = {};   // Network order.
  std::array<std::uint8_t, 16> peer_address = {};  // Network order.
  std::uint16_t own_port = 0;
  std::uint16_t peer_port = 0;

  bool operator==(const SocketEndpoints&) const = default;
};

// Asks the kernel for both ends of a connected TCP socket. An IPv4-mapped pair is given as IPv4.
// Errors: kUnavailable when the socket is not connected; kInvalidArgument when it is not TCP.
Result<SocketEndpoints> EndpointsOf(int socket);

}  // namespace secai::http

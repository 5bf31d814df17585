#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::supervisor {

// The sockets on which people and their programs reach the gateway. Bound once, and kept here, so
// that a gateway that restarts finds the same ones.
struct Listeners {
  UniqueFd ipv4;          // 127.0.0.1
  UniqueFd ipv6;          // ::1; closed when this host has no IPv6.
  UniqueFd command_line;  // run/secure-ai/gateway.sock
  std::uint16_t port = 0;

  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port); }
};

// Binds `port` on both loopback addresses, or any port that is free on both when it is 0.
// `note` gets a sentence when the host has no IPv6.
// Errors: kUnavailable when the port is in use on either address: on the one that we left out,
// another user could answer to "localhost". kDenied, kInternal.
Result<Listeners> BindListeners(std::uint16_t port, int run_folder_fd,
                                const std::function<void(const std::string&)>& note);

}  // namespace secai::supervisor

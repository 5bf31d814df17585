#include "supervisor/listeners.h"

#include "net/sockets.h"
#include "supervisor/options.h"

namespace secai::supervisor {
namespace {

constexpr int kFreePortAttempts = 32;

using net::LoopbackFamily;

Error InUse(std::uint16_t port, const char* address) {
  return Error{ErrorCode::kUnavailable,
               "port " + std::to_string(port) + " is in use on " + address +
                   " by another program; stop that program, or choose another port with --port N"};
}

Result<> BindBoth(std::uint16_t port, Listeners* listeners, std::string* missing_ipv6) {
  auto ipv4 = net::ListenOnLoopback(LoopbackFamily::kIpv4, port);
  if (!ipv4.has_value()) {
    if (ipv4.error().code == ErrorCode::kUnavailable) {
      return tl::unexpected(InUse(port, "127.0.0.1"));
    }
    return tl::unexpected(
        std::move(ipv4).error().Wrap("cannot listen on 127.0.0.1:" + std::to_string(port)));
  }
  listeners->ipv4 = *std::move(ipv4);
  TRY_ASSIGN(listeners->port, net::BoundPort(listeners->ipv4.get()));
  auto ipv6 = net::ListenOnLoopback(LoopbackFamily::kIpv6, listeners->port);
  if (ipv6.has_value()) {
    listeners->ipv6 = *std::move(ipv6);
    return Ok();
  }
  if (ipv6.error().code == ErrorCode::kUnavailable) {
    return tl::unexpected(InUse(listeners->port, "::1"));
  }
  if (ipv6.error().code != ErrorCode::kNotFound) {
    return tl::unexpected(
        std::move(ipv6).error().Wrap("cannot listen on [::1]:" + std::to_string(listeners->port)));
  }
  *missing_ipv6 = ipv6.error().message;
  return Ok();
}

bool IsBasePort(std::uint16_t port) { return port >= kLowestPort && port <= kHighestPort; }

}  // namespace

Result<Listeners> BindListeners(std::uint16_t port, int run_folder_fd,
                                const std::function<void(const std::string&)>& note) {
  Listeners listeners;
  std::string missing_ipv6;
  Result<> bound = BindBoth(port, &listeners, &missing_ipv6);
  // A port that is free on 127.0.0.1 may be taken on ::1.
  for (int attempt = 0; port == 0 && attempt < kFreePortAttempts; ++attempt) {
    if (bound.has_value() && IsBasePort(listeners.port)) break;
    if (!bound.has_value() && bound.error().code != ErrorCode::kUnavailable) break;
    bound = BindBoth(port, &listeners, &missing_ipv6);
  }
  TRY(std::move(bound));
  if (!missing_ipv6.empty())
    note("no IPv6 on this host, so only 127.0.0.1 answers: " + missing_ipv6);
  TRY_ASSIGN(listeners.command_line, net::ListenOnUnixSocket(run_folder_fd, "gateway.sock"));
  return listeners;
}

}  // namespace secai::supervisor

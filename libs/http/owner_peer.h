#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "http/socket_endpoints.h"

namespace secai::http {

// Finds out which user owns the other end of an accepted loopback connection.
//
// Says "none" unless the kernel reports that very pair of ends as ESTABLISHED with an inode that is
// not 0: a socket that its process has closed is reported with uid 0 and inode 0, so a stranger
// could otherwise send a request, hang up and pass for root (docs/threat-model.md). Thread-safety:
// one thread only. Never blocks: sock_diag answers within the call that asks. Limits of the
// protection: the owner may hand a connected socket to another user; the answer is of the moment of
// the question.
class OwnerPeer {
 public:
  OwnerPeer() = default;
  OwnerPeer(const OwnerPeer&) = delete;
  OwnerPeer& operator=(const OwnerPeer&) = delete;
  virtual ~OwnerPeer() = default;

  // `connection` is as our end sees it.
  virtual std::optional<std::uint32_t> Find(const SocketEndpoints& connection) = 0;
};

// Asks through a netlink socket of NETLINK_SOCK_DIAG that was opened in the network namespace of
// the listener; the socket need not be bound or connected. Errors: kInvalidArgument for another
// descriptor.
Result<std::unique_ptr<OwnerPeer>> MakeSockDiagOwnerPeer(UniqueFd sock_diag);

// The fallback where the diag modules are absent: reads /proc/net/tcp and /proc/net/tcp6 through
// descriptors that were opened before the sandbox (tcp6 may be absent).
std::unique_ptr<OwnerPeer> MakeProcNetOwnerPeer(UniqueFd tcp, UniqueFd tcp6);

}  // namespace secai::http

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::net {

// The few socket calls that need <sys/socket.h>, for those who bind and hand over: the supervisor
// and the rooms' start. All descriptors are close-on-exec. Thread-safety: any thread. Nothing
// blocks.

// Two connected Unix stream sockets: a link. Errors: kInternal.
Result<std::pair<UniqueFd, UniqueFd>> MakeSocketPair();

// True for a socket that listens. In a file of its own: rooms need it, and link no bind or connect.
bool IsListening(int fd);

enum class LoopbackFamily { kIpv4, kIpv6 };

// Listens on 127.0.0.1 or ::1 (and nothing else: IPV6_V6ONLY), non-blocking, TCP, backlog 128.
// `port` 0 takes a free one; BoundPort() tells which.
// Errors: kUnavailable when the address is in use; kNotFound when this host lacks the family;
// kDenied when the port needs rights (below 1024); kInternal otherwise.
Result<UniqueFd> ListenOnLoopback(LoopbackFamily family, std::uint16_t port);
Result<std::uint16_t> BoundPort(int fd);

// Listens on the Unix socket `name` in the folder `folder_fd`, mode 0600, replacing what is there:
// the caller must know that nobody else serves it. Reaches the folder through /proc/self/fd, so
// that long paths fit sockaddr_un (108 bytes). Errors: kInternal.
Result<UniqueFd> ListenOnUnixSocket(int folder_fd, const std::string& name);

// Connects to the Unix socket `name` in the folder `folder_fd`, blocking. Errors: kUnavailable when
// nobody listens there; kInternal.
Result<UniqueFd> ConnectToUnixSocket(int folder_fd, const std::string& name);

// A NETLINK_SOCK_DIAG socket in this network namespace: asks the kernel who owns a connection
// (sock_diag(7)). Errors: kNotFound when the kernel lacks it.
Result<UniqueFd> OpenSockDiag();

}  // namespace secai::net

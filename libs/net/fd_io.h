#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::net {

// The two system calls under every link. Both fail with kUnavailable on hang-up or a socket error.
// `would_block` tells a non-blocking socket that has nothing to give or no room.
struct IoCount {
  std::size_t bytes = 0;
  bool would_block = false;
};

// Sends what fits of `bytes` (not empty), with `fds` attached to the first of them.
Result<IoCount> SendSome(int socket, std::string_view bytes, std::span<const UniqueFd> fds);

// Receives up to `buffer.size()` bytes; descriptors that came with them (close-on-exec) go to the
// end of `fds`. Zero bytes without `would_block` never happens: a hang-up is an error. Errors also:
// kInvalidArgument when more descriptors came than one message may carry.
Result<IoCount> ReceiveSome(int socket, std::span<char> buffer, std::deque<UniqueFd>* fds);

}  // namespace secai::net

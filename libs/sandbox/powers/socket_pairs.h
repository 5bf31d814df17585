#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Making connected pairs of Unix stream or seqpacket sockets: for the link to a process it starts.
// Never datagram sockets: those could send to any address (see BaseIo).
struct SocketPairs {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox

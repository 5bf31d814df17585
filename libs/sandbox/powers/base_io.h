#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// What every room with an Asio loop needs: memory, time, its own threads' bookkeeping, waiting, and
// reading and writing descriptors that it already holds. No path can be opened with it, no socket
// made, no thread started.
//
// Sending: sendto(2) only without an address, and sendto/sendmsg only with harmless flags, never
// MSG_FASTOPEN (a listener could connect with it). The address inside sendmsg's struct cannot be
// checked; it is harmless because of the sockets a room can hold: TCP ignores it, Unix stream
// sockets refuse it, Unix seqpacket sockets ignore it, netlink (sock_diag) refuses any but the
// kernel without CAP_NET_ADMIN. Datagram sockets would obey it: no room can make one (socket(2) is
// refused, SocketPairs makes streams and seqpackets only), and the supervisor passes none.
struct BaseIo {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox

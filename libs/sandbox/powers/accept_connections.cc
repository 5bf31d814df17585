#include "sandbox/powers/accept_connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"

namespace secai::sandbox {

void AcceptConnections::AddTo(Profile& profile) const {
  for (const int fd : listener_fds) {
    profile.AllowIf(SYS_accept, {Is(0, static_cast<unsigned>(fd))});
    profile.AllowIf(SYS_accept4, {Is(0, static_cast<unsigned>(fd))});
  }
  // Not TCP_FASTOPEN_CONNECT, TCP_REPAIR, TCP_ULP, TCP_CONGESTION.
  for (const int option :
       {TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT, TCP_QUICKACK}) {
    profile.AllowIf(SYS_setsockopt, {Is(1, IPPROTO_TCP), Is(2, static_cast<unsigned>(option))});
  }
}

}  // namespace secai::sandbox

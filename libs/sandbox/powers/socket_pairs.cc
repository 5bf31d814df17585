#include "sandbox/powers/socket_pairs.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"

namespace secai::sandbox {

void SocketPairs::AddTo(Profile& profile) const {
  constexpr std::uint64_t kType = ~std::uint64_t{SOCK_CLOEXEC | SOCK_NONBLOCK} & kLow32Bits;
  profile.AllowIf(SYS_socketpair, {Is(0, AF_UNIX), Masked(1, kType, SOCK_STREAM)});
  profile.AllowIf(SYS_socketpair, {Is(0, AF_UNIX), Masked(1, kType, SOCK_SEQPACKET)});
}

}  // namespace secai::sandbox

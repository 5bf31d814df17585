#include <sys/socket.h>

#include "net/sockets.h"

namespace secai::net {

bool IsListening(int fd) {
  int value = 0;
  socklen_t size = sizeof(value);
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1;
}

}  // namespace secai::net

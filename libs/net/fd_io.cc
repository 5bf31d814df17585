#include "net/fd_io.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/uio.h>

#include "net/message.h"

namespace secai::net {
namespace {

// Room for the descriptors of one message. Aligned as cmsg(3) asks.
struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxMessageFds)> bytes = {};
};

Error SocketError(int error_number) {
  std::array<char, 128> buffer = {};
  return Error{ErrorCode::kUnavailable, strerror_r(error_number, buffer.data(), buffer.size())};
}

}  // namespace

Result<IoCount> SendSome(int socket, std::string_view bytes, std::span<const UniqueFd> fds) {
  if (fds.size() > kMaxMessageFds) {
    return Fail(ErrorCode::kInvalidArgument, "too many descriptors in one message");
  }
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};  // Only read.
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ControlBuffer control;
  if (!fds.empty()) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    for (std::size_t i = 0; i < fds.size(); ++i) {
      const int fd = fds[i].get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof fd);
    }
  }
  for (;;) {
    const ssize_t sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    if (sent >= 0) return IoCount{.bytes = static_cast<std::size_t>(sent)};
    if (errno == EAGAIN) return IoCount{.would_block = true};
    if (errno != EINTR) return tl::unexpected(SocketError(errno));
  }
}

Result<IoCount> ReceiveSome(int socket, std::span<char> buffer, std::deque<UniqueFd>* fds) {
  iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  ssize_t received = -1;
  do {
    received = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0 && errno == EAGAIN) return IoCount{.would_block = true};
  if (received < 0) return tl::unexpected(SocketError(errno));
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      fds->emplace_back(fd);
    }
  }
  if ((header.msg_flags & MSG_CTRUNC) != 0) {
    return Fail(ErrorCode::kInvalidArgument, "more descriptors than a message may carry");
  }
  if (received == 0) return Fail(ErrorCode::kUnavailable, "the other side hung up");
  return IoCount{.bytes = static_cast<std::size_t>(received)};
}

}  // namespace secai::net

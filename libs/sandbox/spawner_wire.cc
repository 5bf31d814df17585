#include "sandbox/spawner_wire.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include <fmt/core.h>

#include "sandbox/errno_text.h"

namespace secai::sandbox {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(kMaxSpawnerFds * sizeof(int));

void Put(std::string& bytes, std::uint32_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Takes one number off the front; false when there are fewer than four bytes.
bool Take(std::string_view& bytes, std::uint32_t& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

tl::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("spawner packet: {}", what));
}

// Every descriptor that came with the message, so that none is leaked on any path.
std::vector<UniqueFd> TakeDescriptors(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + (i * sizeof fd), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

std::string EncodeRequest(const SpawnerRequest& request) {
  std::string bytes;
  Put(bytes, static_cast<std::uint32_t>(request.operation));
  Put(bytes, request.child_id);
  Put(bytes, static_cast<std::uint32_t>(request.arguments.size()));
  for (const std::string& argument : request.arguments) {
    bytes += argument;
    bytes += '\0';
  }
  return bytes;
}

Result<SpawnerRequest> DecodeRequest(std::string_view packet) {
  SpawnerRequest request;
  std::uint32_t operation = 0;
  std::uint32_t count = 0;
  if (!Take(packet, operation) || !Take(packet, request.child_id) || !Take(packet, count)) {
    return Malformed("shorter than its head");
  }
  if (operation < static_cast<std::uint32_t>(SpawnerOperation::kSpawn) ||
      operation > static_cast<std::uint32_t>(SpawnerOperation::kForget)) {
    return Malformed("unknown operation");
  }
  request.operation = static_cast<SpawnerOperation>(operation);
  if (count > kMaxSpawnerArguments) return Malformed("too many arguments");
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t end = packet.find('\0');
    if (end == std::string_view::npos) return Malformed("an argument without its final zero");
    request.arguments.emplace_back(packet.substr(0, end));
    packet.remove_prefix(end + 1);
  }
  if (!packet.empty()) return Malformed("bytes after the last argument");
  return request;
}

std::string EncodeReply(const SpawnerReply& reply) {
  std::string bytes;
  Put(bytes, static_cast<std::uint32_t>(reply.error_number));
  Put(bytes, reply.child_id);
  Put(bytes, static_cast<std::uint32_t>(reply.pid));
  Put(bytes, static_cast<std::uint32_t>(reply.state));
  Put(bytes, static_cast<std::uint32_t>(reply.value));
  bytes += reply.text.substr(0, kMaxSpawnerPacketBytes - bytes.size());
  return bytes;
}

Result<SpawnerReply> DecodeReply(std::string_view packet) {
  SpawnerReply reply;
  std::uint32_t error_number = 0;
  std::uint32_t pid = 0;
  std::uint32_t state = 0;
  std::uint32_t value = 0;
  if (!Take(packet, error_number) || !Take(packet, reply.child_id) || !Take(packet, pid) ||
      !Take(packet, state) || !Take(packet, value)) {
    return Malformed("shorter than its head");
  }
  if (state > static_cast<std::uint32_t>(ChildState::kSignalled)) return Malformed("unknown state");
  reply.error_number = static_cast<std::int32_t>(error_number);
  reply.pid = static_cast<std::int32_t>(pid);
  reply.state = static_cast<ChildState>(state);
  reply.value = static_cast<std::int32_t>(value);
  reply.text = std::string(packet);
  return reply;
}

Result<> SendPacket(int socket, std::string_view bytes, std::span<const int> fds) {
  if (bytes.size() > kMaxSpawnerPacketBytes || fds.size() > kMaxSpawnerFds) {
    return Malformed("over its limits");
  }
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};  // Only read.
  alignas(cmsghdr) std::array<char, kControlBytes> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return Fail(ErrorCode::kUnavailable,
                fmt::format("sending to the spawner: {}", ErrnoText(errno)));
  }
  return Ok();
}

Result<SpawnerPacket> ReceivePacket(int socket) {
  SpawnerPacket packet;
  packet.bytes.resize(kMaxSpawnerPacketBytes);
  iovec part{.iov_base = packet.bytes.data(), .iov_len = packet.bytes.size()};
  alignas(cmsghdr) std::array<char, kControlBytes> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = -1;
  while ((size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == EINTR) continue;
    return Fail(ErrorCode::kUnavailable,
                fmt::format("waiting for the spawner: {}", ErrnoText(errno)));
  }
  packet.fds = TakeDescriptors(message);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Malformed("over its limits");
  packet.bytes.resize(static_cast<std::size_t>(size));
  return packet;
}

}  // namespace secai::sandbox

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::sandbox {

// What a room and its spawner say to each other over a Unix seqpacket pair: one packet a request,
// one a reply, in turn. Numbers are 32-bit in this machine's byte order (both ends are one
// program).
//
//   request = operation, child id, argument count, arguments each ended by a zero byte   (+
//   descriptors) reply   = errno (0: done), child id, pid, state, value, text (+ a pidfd)
enum class SpawnerOperation : std::uint32_t { kSpawn = 1, kKill = 2, kPoll = 3, kForget = 4 };

struct SpawnerRequest {
  SpawnerOperation operation = SpawnerOperation::kSpawn;
  std::uint32_t child_id = 0;
  std::vector<std::string> arguments = {};
};

enum class ChildState : std::uint32_t { kRunning = 0, kExited = 1, kSignalled = 2 };

struct SpawnerReply {
  std::int32_t error_number = 0;
  std::uint32_t child_id = 0;
  std::int32_t pid = -1;
  ChildState state = ChildState::kRunning;
  std::int32_t value = 0;  // Exit code or signal.
  std::string text = {};   // Why the spawner could not start; for the first reply only.
};

// Largest packet, in bytes: the arguments and the head.
inline constexpr std::size_t kMaxSpawnerPacketBytes = 4096 + 64;
inline constexpr std::size_t kMaxSpawnerFds = 16;
inline constexpr std::size_t kMaxSpawnerArguments = 64;

std::string EncodeRequest(const SpawnerRequest& request);
// Trust: `packet` comes from a room that may be taken over. Errors: kInvalidArgument.
Result<SpawnerRequest> DecodeRequest(std::string_view packet);

std::string EncodeReply(const SpawnerReply& reply);
Result<SpawnerReply> DecodeReply(std::string_view packet);

struct SpawnerPacket {
  std::string bytes;  // Empty: the other side hung up.
  std::vector<UniqueFd> fds;
};

// Blocking, one packet each. Errors: kUnavailable when the other side is gone or the socket's time
// limit (SO_RCVTIMEO) passes; kInvalidArgument for a packet or descriptors over the limits.
Result<> SendPacket(int socket, std::string_view bytes, std::span<const int> fds);
Result<SpawnerPacket> ReceivePacket(int socket);

}  // namespace secai::sandbox

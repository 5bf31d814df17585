#include "sandbox/spawner.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fmt/core.h>

#include "sandbox/elf_interpreter.h"
#include "sandbox/errno_text.h"
#include "sandbox/spawner_process.h"
#include "sandbox/spawner_wire.h"

namespace secai::sandbox {

// The room's end of the socket pair: one question, one answer, in turn.
class SpawnerChannel {
 public:
  SpawnerChannel(UniqueFd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  struct Answer {
    SpawnerReply reply;
    UniqueFd pidfd;
  };

  // Errors: kUnavailable; the channel is closed then, because question and answer may be out of
  // step.
  Result<Answer> Ask(const SpawnerRequest& request, const std::vector<int>& fds) {
    if (!socket_.is_open()) return Fail(ErrorCode::kUnavailable, "the spawner is gone");
    auto answer = AskOnce(request, fds);
    if (!answer.has_value()) socket_.Reset();
    return answer;
  }

  Result<Answer> Receive() {
    TRY_ASSIGN(auto packet, ReceivePacket(socket_.get()));
    if (packet.bytes.empty()) return Fail(ErrorCode::kUnavailable, "the spawner is gone");
    TRY_ASSIGN(auto reply, DecodeReply(packet.bytes));
    Answer answer{.reply = std::move(reply), .pidfd = {}};
    if (!packet.fds.empty()) answer.pidfd = std::move(packet.fds.front());
    return answer;
  }

  pid_t pid() const { return pid_; }

 private:
  Result<Answer> AskOnce(const SpawnerRequest& request, const std::vector<int>& fds) {
    TRY(SendPacket(socket_.get(), EncodeRequest(request), fds));
    return Receive();
  }

  UniqueFd socket_;
  pid_t pid_;
};

namespace {

constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

Result<> Failed(const char* step) {
  return Fail(ErrorCode::kInternal, fmt::format("spawner: {}: {}", step, ErrnoText(errno)));
}

std::string FileName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

}  // namespace

Result<Spawner> Spawner::Start(const std::string& program_path, const KernelProbe& probe) {
  SpawnerProcess process{.channel = {},
                         .program = UniqueFd(::open(program_path.c_str(), O_RDONLY | O_CLOEXEC)),
                         .name = FileName(program_path),
                         .room_pid = ::getpid(),
                         .probe = probe};
  if (!process.program.is_open()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("program {}: {}", program_path, ErrnoText(errno)));
  }
  if (const auto interpreter = ElfInterpreter(process.program.get()); !interpreter.has_value()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{}: {}", program_path, interpreter.error().message));
  }
  int pair[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("spawner: socketpair: {}", ErrnoText(errno)));
  }
  UniqueFd ours(pair[0]);
  process.channel.Reset(pair[1]);
  // A spawner that hangs is an error and not a room that hangs.
  if (::setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) != 0) {
    TRY(Failed("SO_RCVTIMEO"));
  }
  const pid_t pid = ::fork();
  if (pid < 0) TRY(Failed("fork"));
  if (pid == 0) {
    ours.Reset();
    RunSpawnerProcess(std::move(process));
  }
  process.channel.Reset();
  auto channel = std::make_shared<SpawnerChannel>(std::move(ours), pid);
  TRY_ASSIGN(const auto ready, channel->Receive());
  if (ready.reply.error_number != 0) return Fail(ErrorCode::kInternal, ready.reply.text);
  return Spawner(std::move(channel));
}

Result<Child> Spawner::Spawn(const std::vector<std::string>& arguments,
                             const std::vector<int>& fds) {
  std::size_t bytes = 0;
  for (const std::string& argument : arguments) {
    if (argument.find('\0') != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "an argument with a zero byte");
    }
    bytes += argument.size() + 1;
  }
  if (bytes > kMaxArgumentBytes || arguments.size() > kMaxSpawnerArguments ||
      fds.size() > kMaxFds) {
    return Fail(ErrorCode::kInvalidArgument, "too many arguments or descriptors for a child");
  }
  TRY_ASSIGN(
      auto answer,
      channel_->Ask({.operation = SpawnerOperation::kSpawn, .child_id = 0, .arguments = arguments},
                    fds));
  if (answer.reply.error_number != 0) {
    return Fail(ErrorCode::kUnavailable, fmt::format("the program was not started: {}",
                                                     ErrnoText(answer.reply.error_number)));
  }
  // The descriptor may be missing when this room has no free number; the child then ends with the
  // Child.
  Child child(channel_, answer.reply.child_id, answer.reply.pid, std::move(answer.pidfd));
  if (child.pidfd() < 0) return Fail(ErrorCode::kUnavailable, "no descriptor left for a child");
  return child;
}

pid_t Spawner::pid() const { return channel_->pid(); }

Child::Child(std::shared_ptr<SpawnerChannel> channel, std::uint32_t id, pid_t pid, UniqueFd pidfd)
    : channel_(std::move(channel)), id_(id), pid_(pid), pidfd_(std::move(pidfd)) {}

Child::Child(Child&& other) noexcept
    : channel_(std::exchange(other.channel_, nullptr)),
      id_(other.id_),
      pid_(other.pid_),
      pidfd_(std::move(other.pidfd_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  Forget();
  channel_ = std::exchange(other.channel_, nullptr);
  id_ = other.id_;
  pid_ = other.pid_;
  pidfd_ = std::move(other.pidfd_);
  return *this;
}

Child::~Child() { Forget(); }

void Child::Forget() {
  if (channel_ == nullptr) return;
  // A spawner that does not answer is gone, and its children with it.
  (void)channel_->Ask({.operation = SpawnerOperation::kForget, .child_id = id_, .arguments = {}},
                      {});
  channel_.reset();
}

Result<> Child::Kill() {
  TRY_ASSIGN(
      const auto answer,
      channel_->Ask({.operation = SpawnerOperation::kKill, .child_id = id_, .arguments = {}}, {}));
  if (answer.reply.error_number == 0) return Ok();
  return Fail(ErrorCode::kInternal, ErrnoText(answer.reply.error_number));
}

Result<std::optional<ExitStatus>> Child::Poll() {
  TRY_ASSIGN(
      const auto answer,
      channel_->Ask({.operation = SpawnerOperation::kPoll, .child_id = id_, .arguments = {}}, {}));
  if (answer.reply.error_number != 0) {
    return Fail(ErrorCode::kInternal, ErrnoText(answer.reply.error_number));
  }
  if (answer.reply.state == ChildState::kRunning) return std::optional<ExitStatus>();
  return std::optional(ExitStatus{.was_signalled = answer.reply.state == ChildState::kSignalled,
                                  .value = answer.reply.value});
}

}  // namespace secai::sandbox

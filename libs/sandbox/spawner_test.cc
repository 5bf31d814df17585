#include "sandbox/spawner.h"

#include <csignal>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sandbox/enter_sandbox.h"
#include "sandbox/powers/base_io.h"

namespace secai::sandbox {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SECAI_RELAXED_SANDBOX 1
#endif
#endif

constexpr int kPatience_ms = 30'000;

// Stands beside the test program.
std::string Program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sandbox_spawned_program")
      .string();
}

ExitStatus WaitFor(Child& child) {
  pollfd wait{.fd = child.pidfd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&wait, 1, kPatience_ms), 1);
  const auto status = child.Poll();
  EXPECT_TRUE(status.has_value() && status->has_value());
  return status.value().value_or(ExitStatus{.was_signalled = true, .value = -1});
}

struct Pipe {
  Pipe() {
    int fds[2] = {-1, -1};
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    reader.Reset(fds[0]);
    writer.Reset(fds[1]);
  }
  UniqueFd reader;
  UniqueFd writer;
};

// True once the process behind `pidfd` has ended.
bool Ends(int pidfd) {
  pollfd wait{.fd = pidfd, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, kPatience_ms) == 1;
}

class SpawnerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Spawner::Start(Program(), ProbeKernel());
    ASSERT_TRUE(started.has_value()) << started.error().message;
    spawner_ = std::make_unique<Spawner>(std::move(*started));
  }

  ExitStatus RunChild(const std::vector<std::string>& arguments, const std::vector<int>& fds = {}) {
    auto child = spawner_->Spawn(arguments, fds);
    EXPECT_TRUE(child.has_value()) << child.error().message;
    return child.has_value() ? WaitFor(*child) : ExitStatus{.was_signalled = true, .value = -1};
  }

  std::unique_ptr<Spawner> spawner_;
};

TEST_F(SpawnerTest, StartsTheProgramWithItsArguments) {
  const ExitStatus status = RunChild({"exit", "a", "b b", ""});
  EXPECT_FALSE(status.was_signalled);
  EXPECT_EQ(status.value, 3);
}

TEST_F(SpawnerTest, GivesOnlyTheListedDescriptors) {
  const Pipe pipe;
  EXPECT_EQ(RunChild({"count"}).value, 3);
  EXPECT_EQ(RunChild({"count"}, {pipe.reader.get(), pipe.writer.get()}).value, 5);
}

TEST_F(SpawnerTest, KeepsTheOrderOfDescriptors) {
  const Pipe pipe;
  EXPECT_EQ(RunChild({"greet", "hello"}, {pipe.reader.get(), pipe.writer.get()}).value, 0);
  char text[5] = {};
  EXPECT_EQ(::read(pipe.reader.get(), text, sizeof text), 5);
  EXPECT_EQ(std::string(text, 5), "hello");
}

TEST_F(SpawnerTest, GivesAnEmptyEnvironment) {
  ASSERT_EQ(::setenv("SECAI_SPAWNER_TEST", "x", 1), 0);
  EXPECT_EQ(RunChild({"environment"}).value, 0);
}

TEST_F(SpawnerTest, TellsARunningChildFromAnEndedOne) {
  Pipe pipe;
  auto child = spawner_->Spawn({"wait"}, {pipe.reader.get()});
  ASSERT_TRUE(child.has_value());
  const auto running = child->Poll();
  ASSERT_TRUE(running.has_value());
  EXPECT_FALSE(running->has_value());
  pipe.writer.Reset();
  EXPECT_EQ(WaitFor(*child).value, 0);
  EXPECT_TRUE(child->Kill().has_value());  // It has ended already: Ok.
}

TEST_F(SpawnerTest, KillsAChildThatIsAskedFor) {
  const Pipe pipe;
  auto child = spawner_->Spawn({"wait"}, {pipe.reader.get()});
  ASSERT_TRUE(child.has_value());
  EXPECT_TRUE(child->Kill().has_value());
  const ExitStatus status = WaitFor(*child);
  EXPECT_TRUE(status.was_signalled);
  EXPECT_EQ(status.value, SIGKILL);
}

TEST_F(SpawnerTest, KillsAChildThatIsForgotten) {
  const Pipe pipe;
  UniqueFd pidfd;
  {
    auto child = spawner_->Spawn({"wait"}, {pipe.reader.get()});
    ASSERT_TRUE(child.has_value());
    pidfd.Reset(::fcntl(child->pidfd(), F_DUPFD_CLOEXEC, 3));
  }
  EXPECT_TRUE(Ends(pidfd.get()));
}

TEST_F(SpawnerTest, TakesItsChildrenAlong) {
  const Pipe pipe;
  auto child = spawner_->Spawn({"wait"}, {pipe.reader.get()});
  ASSERT_TRUE(child.has_value());
  ASSERT_EQ(::kill(spawner_->pid(), SIGKILL), 0);
  EXPECT_TRUE(Ends(child->pidfd()));
  ASSERT_EQ(::waitpid(spawner_->pid(), nullptr, 0), spawner_->pid());
  const auto late = spawner_->Spawn({"exit"}, {});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
}

TEST_F(SpawnerTest, EndsWithItsChildrenWhenTheRoomHangsUp) {
  const Pipe pipe;
  auto child = spawner_->Spawn({"wait"}, {pipe.reader.get()});
  ASSERT_TRUE(child.has_value());
  const UniqueFd pidfd(::fcntl(child->pidfd(), F_DUPFD_CLOEXEC, 3));
  const pid_t spawner_pid = spawner_->pid();
  {
    const Child moved = std::move(*child);
  }
  spawner_.reset();
  EXPECT_TRUE(Ends(pidfd.get()));
  int status = 0;
  ASSERT_EQ(::waitpid(spawner_pid, &status, 0), spawner_pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(SpawnerTest, RefusesMoreThanItsLimits) {
  EXPECT_EQ(spawner_->Spawn({std::string(Spawner::kMaxArgumentBytes, 'x')}, {}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(spawner_->Spawn({"exit"}, std::vector<int>(Spawner::kMaxFds + 1, 0)).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(spawner_->Spawn({std::string("a\0b", 3)}, {}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(RunChild({"exit", "still", "there"}).value, 2);
}

TEST_F(SpawnerTest, RefusesOneChildTooMany) {
  const Pipe pipe;
  std::vector<Child> children;
  for (std::size_t i = 0; i < Spawner::kMaxChildren; ++i) {
    auto child = spawner_->Spawn({"wait"}, {pipe.reader.get()});
    ASSERT_TRUE(child.has_value()) << child.error().message;
    children.push_back(std::move(*child));
  }
  EXPECT_EQ(spawner_->Spawn({"wait"}, {pipe.reader.get()}).error().code, ErrorCode::kUnavailable);
}

TEST_F(SpawnerTest, WorksFromInsideTheRoomsSandbox) {
#ifdef SECAI_RELAXED_SANDBOX
  GTEST_SKIP() << "sanitizer builds have another sandbox";
#endif
  // In a process of its own, because a sandbox is not left.
  const pid_t room = ::fork();
  ASSERT_GE(room, 0);
  if (room == 0) {
    auto spawner = Spawner::Start(Program(), ProbeKernel());
    if (!spawner.has_value()) ::_exit(2);
    Profile profile = Profile::Room("test");
    if (!EnterSandbox(profile.Add(BaseIo{}), ProbeKernel()).has_value()) ::_exit(3);
    auto child = spawner->Spawn({"exit", "x"}, {});
    if (!child.has_value()) ::_exit(4);
    const ExitStatus status = WaitFor(*child);
    ::_exit(status.value == 1 ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(room, &status, 0), room);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(SpawnerTest, ItsChildrenCanNeitherExecNorConnectNorReadStrangersFiles) {
#ifdef SECAI_RELAXED_SANDBOX
  GTEST_SKIP() << "sanitizer builds have another sandbox";
#endif
  const ExitStatus exec = RunChild({"exec"});
  EXPECT_TRUE(exec.was_signalled);
  EXPECT_EQ(exec.value, SIGSYS);
  EXPECT_EQ(RunChild({"socket"}).value, 7);
  EXPECT_EQ(RunChild({"passwd"}).value, 7);
}

TEST_F(SpawnerTest, ItsChildrenCanEnterASmallerSandbox) {
  EXPECT_EQ(RunChild({"confine"}).value, 0);
#ifndef SECAI_RELAXED_SANDBOX
  const ExitStatus broken = RunChild({"confine and break out"});
  EXPECT_TRUE(broken.was_signalled);
  EXPECT_EQ(broken.value, SIGSYS);
#endif
}

TEST(SpawnerStartTest, WorksForAnOrdinaryUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "every other test runs as an ordinary user already";
  const pid_t room = ::fork();
  ASSERT_GE(room, 0);
  if (room == 0) {
    constexpr unsigned kUid = 65533;
    if (::setresgid(kUid, kUid, kUid) != 0 || ::setresuid(kUid, kUid, kUid) != 0) ::_exit(2);
    auto spawner = Spawner::Start(Program(), ProbeKernel());
    if (!spawner.has_value()) {
      (void)!::write(2, spawner.error().message.data(), spawner.error().message.size());
      ::_exit(3);
    }
    auto child = spawner->Spawn({"confine"}, {});
    if (!child.has_value()) ::_exit(4);
    ::_exit(WaitFor(*child).value == 0 ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(room, &status, 0), room);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SpawnerStartTest, RefusesWhatIsNoProgram) {
  const auto missing = Spawner::Start("/nowhere/program", ProbeKernel());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  const auto script = Spawner::Start("/etc/passwd", ProbeKernel());
  ASSERT_FALSE(script.has_value());
  EXPECT_EQ(script.error().code, ErrorCode::kNotFound);
}

TEST(SpawnerStartTest, RefusesBelowTheBaseKernel) {
  const auto refused = Spawner::Start(Program(), KernelProbe{.landlock_abi = 1});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("does not run unconfined"), std::string::npos);
}

TEST(SpawnerStartTest, WorksAtEveryKernelLevel) {
  KernelProbe probe = ProbeKernel();
  const int real_abi = probe.landlock_abi;
  for (int abi = 2; abi <= real_abi && abi <= 7; ++abi) {
    for (const bool namespaces : {false, probe.can_make_namespaces}) {
      KernelProbe injected = probe;
      injected.landlock_abi = abi;
      injected.can_make_namespaces = namespaces;
      injected.can_map_user = namespaces;
      auto spawner = Spawner::Start(Program(), injected);
      ASSERT_TRUE(spawner.has_value()) << abi << ": " << spawner.error().message;
      auto child = spawner->Spawn({"exit", "x"}, {});
      ASSERT_TRUE(child.has_value()) << abi << ": " << child.error().message;
      EXPECT_EQ(WaitFor(*child).value, 1);
    }
  }
}

}  // namespace
}  // namespace secai::sandbox

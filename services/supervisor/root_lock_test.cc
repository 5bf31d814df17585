#include "supervisor/root_lock.h"

#include <csignal>
#include <fstream>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"

namespace secai::supervisor {
namespace {

TEST(RootLockTest, ASecondHolderIsToldWhoTheFirstIs) {
  const TempDir folder;
  auto lock = RootLock::Acquire(folder.fd());
  ASSERT_TRUE(lock.has_value()) << lock.error().message;
  ASSERT_TRUE(
      lock->Announce({.pid = 4711, .port = 8480, .url = "http://127.0.0.1:8480"}).has_value());

  const auto second = RootLock::Acquire(folder.fd());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message, "already running as process 4711 at http://127.0.0.1:8480");
}

TEST(RootLockTest, TellsWhoRuns) {
  const TempDir folder;
  EXPECT_EQ(FindRunning(folder.fd()).error().code, ErrorCode::kNotFound);
  {
    auto lock = RootLock::Acquire(folder.fd());
    ASSERT_TRUE(lock.has_value());
    const auto starting = FindRunning(folder.fd());
    ASSERT_TRUE(starting.has_value()) << starting.error().message;
    EXPECT_EQ(starting->pid, ::getpid());
    EXPECT_EQ(starting->url, "");
    ASSERT_TRUE(lock->Announce({.pid = 1, .port = 2000, .url = "u"}).has_value());
    EXPECT_EQ(FindRunning(folder.fd())->port, 2000);
  }
  EXPECT_EQ(FindRunning(folder.fd()).error().code, ErrorCode::kNotFound);
}

TEST(RootLockTest, ALeftoverFileDoesNotStopTheNextStart) {
  const TempDir folder;
  std::ofstream(folder / "supervisor.lock")
      << "{\"pid\":1,\"port\":8480,\"url\":\"" << std::string(200, 'x');
  ASSERT_TRUE(RootLock::Acquire(folder.fd()).has_value());
}

TEST(RootLockTest, AHeldFileWithoutSenseIsCorrupt) {
  const TempDir folder;
  const auto lock = RootLock::Acquire(folder.fd());
  ASSERT_TRUE(lock.has_value());
  std::ofstream(folder / "supervisor.lock") << "no JSON";
  EXPECT_EQ(FindRunning(folder.fd()).error().code, ErrorCode::kCorrupt);
}

// A child that holds the lock until a signal ends it; `signal_to_ignore` 0 ignores none.
pid_t StartHolder(int folder_fd, int signal_to_ignore) {
  int ready[2];
  EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (signal_to_ignore != 0) std::signal(signal_to_ignore, SIG_IGN);
    const auto lock = RootLock::Acquire(folder_fd);
    const char byte = lock.has_value() ? 'y' : 'n';
    (void)!::write(ready[1], &byte, 1);
    for (;;) ::pause();
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  ::close(ready[0]);
  ::close(ready[1]);
  return child;
}

int SignalThatEnded(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(RootLockTest, StopsTheHolderPolitely) {
  const TempDir folder;
  const pid_t holder = StartHolder(folder.fd(), 0);
  const auto stopped = StopRunning(folder.fd(), std::chrono::milliseconds{10'000});
  ASSERT_TRUE(stopped.has_value()) << stopped.error().message;
  EXPECT_EQ(*stopped, holder);
  EXPECT_EQ(SignalThatEnded(holder), SIGTERM);
}

TEST(RootLockTest, KillsAHolderThatDoesNotListen) {
  const TempDir folder;
  const pid_t holder = StartHolder(folder.fd(), SIGTERM);
  ASSERT_TRUE(StopRunning(folder.fd(), std::chrono::milliseconds{100}).has_value());
  EXPECT_EQ(SignalThatEnded(holder), SIGKILL);
}

TEST(RootLockTest, WithNobodyThereIsNothingToStop) {
  const TempDir folder;
  EXPECT_EQ(StopRunning(folder.fd(), std::chrono::milliseconds{100}).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace secai::supervisor

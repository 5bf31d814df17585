#include "service/start_process.h"

#include <csignal>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace secai::service {
namespace {

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

// Runs a shell script with the plan's descriptors and returns all it said.
std::string Say(const std::string& script, std::vector<std::pair<std::string, int>> descriptors,
                ProcessEnd* end) {
  auto started = StartProcess({.executable = "/bin/sh",
                               .arguments = {"-c", script},
                               .descriptors = std::move(descriptors)});
  EXPECT_TRUE(started.has_value()) << started.error().message;
  if (!started.has_value()) return {};
  std::string said = ReadAll(started->errors.get());
  auto collected = CollectProcess(started->pidfd.get());
  EXPECT_TRUE(collected.has_value());
  if (collected.has_value()) *end = *collected;
  return said;
}

class StartProcessTest : public testing::Test {
 protected:
  ProcessEnd end_;
};

TEST_F(StartProcessTest, TheEnvironmentHoldsTheListOfDescriptorsAndNothingElse) {
  ASSERT_EQ(::setenv("SECRET_OF_THE_OWNER", "x", 1), 0);
  const UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd second(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Say("tr '\\0' '\\n' < /proc/$$/environ | sed \"s/$$/PID/\"",
                {{"control", first.get()}, {"http4", second.get()}}, &end_),
            "LISTEN_FDS=2\nLISTEN_FDNAMES=control:http4\nLISTEN_PID=PID\n");
}

TEST_F(StartProcessTest, OnlyTheListedDescriptorsAreOpen) {
  const int leaked =
      ::open("/dev/zero", O_RDONLY);  // Not close-on-exec, as a careless library does.
  const UniqueFd closer(leaked);
  const UniqueFd passed(::open("/dev/full", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Say("for fd in 0 3 4 5 6 7 8 9 64 65 66 67 68; do test -e /proc/$$/fd/$fd && "
                "echo $fd $(readlink /proc/$$/fd/$fd); done; true",
                {{"control", passed.get()}}, &end_),
            "0 /dev/null\n3 /dev/full\n");
}

TEST_F(StartProcessTest, IsTheLeaderOfItsOwnSessionWithTightUmask) {
  // Field 6 of /proc/PID/stat is the session (proc(5)).
  EXPECT_EQ(Say("set -- $(cat /proc/$$/stat); test $6 = $$ && echo own; umask; pwd", {}, &end_),
            "own\n0077\n/\n");
}

TEST_F(StartProcessTest, TellsHowItEnded) {
  Say("exit 2", {}, &end_);
  EXPECT_EQ(end_.Text(), "exit code 2");
  Say("kill -9 $$", {}, &end_);
  EXPECT_EQ(end_.Text(), "signal 9 (Killed)");
}

TEST_F(StartProcessTest, SignalsAreAsAfterBoot) {
  std::signal(SIGPIPE, SIG_IGN);
  Say("kill -PIPE $$; exit 0", {}, &end_);
  std::signal(SIGPIPE, SIG_DFL);
  EXPECT_TRUE(end_.was_killed);
  EXPECT_EQ(end_.number, SIGPIPE);
}

TEST_F(StartProcessTest, AProgramThatIsAbsentIsAnErrorAtOnce) {
  const auto started =
      StartProcess({.executable = "/nonexistent", .arguments = {}, .descriptors = {}});
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(started.error().message, "cannot start /nonexistent: No such file or directory");
}

TEST_F(StartProcessTest, CanBeKilled) {
  auto started = StartProcess({.executable = "/bin/sh",
                               .arguments = {"-c", "read forever </dev/zero; sleep 600"},
                               .descriptors = {}});
  ASSERT_TRUE(started.has_value());
  KillProcess(started->pidfd.get());
  struct pollfd ended = {.fd = started->pidfd.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
  EXPECT_EQ(CollectProcess(started->pidfd.get())->Text(), "signal 9 (Killed)");
}

}  // namespace
}  // namespace secai::service

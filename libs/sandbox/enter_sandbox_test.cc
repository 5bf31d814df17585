#include "sandbox/enter_sandbox.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "sandbox/powers/base_io.h"
#include "sandbox/powers/threads.h"

namespace secai::sandbox {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SECAI_RELAXED_SANDBOX 1
#endif
#endif

constexpr unsigned kOrdinaryUid = 65533;
constexpr int kNotConfined = 250;

// The lines of /proc/PID/status, by name.
[[maybe_unused]] std::map<std::string, std::string> StatusOf(pid_t pid) {
  std::map<std::string, std::string> fields;
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return fields;
}

[[maybe_unused]] std::string NamespaceOf(const std::string& pid, const std::string& name) {
  return std::filesystem::read_symlink("/proc/" + pid + "/ns/" + name).string();
}

// A process that enters the sandbox and then waits, for the test to look at it from outside.
class ConfinedProcess {
 public:
  ConfinedProcess(const Profile& profile, bool as_ordinary_user) {
    int ready[2] = {-1, -1};
    int hold[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(hold, O_CLOEXEC), 0);
    pid_ = ::fork();
    EXPECT_GE(pid_, 0);
    if (pid_ == 0) {
      ::close(hold[1]);
      if (as_ordinary_user && (::setresgid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) != 0 ||
                               ::setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) != 0)) {
        ::_exit(kNotConfined);
      }
      const auto entered = EnterSandbox(profile, ProbeKernel());
      const char answer = entered.has_value() ? 'y' : 'n';
      char byte = 0;
      if (::write(ready[1], &answer, 1) != 1 || ::read(hold[0], &byte, 1) != 0) ::_exit(1);
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(hold[0]);
    hold_.Reset(hold[1]);
    const UniqueFd reader(ready[0]);
    char answer = 0;
    EXPECT_EQ(::read(reader.get(), &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
  }
  ~ConfinedProcess() {
    hold_.Reset();
    ::waitpid(pid_, nullptr, 0);
  }
  ConfinedProcess(const ConfinedProcess&) = delete;
  ConfinedProcess& operator=(const ConfinedProcess&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd hold_;
};

// Runs `body` in a child and returns its exit code, or 128 + signal.
int InChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Profile Bare() { return Profile::Room("bare").Add(BaseIo{}); }

#ifndef SECAI_RELAXED_SANDBOX

TEST(EnterSandboxTest, LeavesNoPrivilegeBehind) {
  if (::geteuid() != 0) GTEST_SKIP() << "looking into a process that cannot be dumped needs root";
  for (const bool as_ordinary_user : {false, true}) {
    for (const Profile& profile : {Bare(), Profile::Worker("worker").Add(BaseIo{})}) {
      SCOPED_TRACE(profile.name() + (as_ordinary_user ? " of a user" : " of root"));
      const ConfinedProcess process(profile, as_ordinary_user);
      auto status = StatusOf(process.pid());
      EXPECT_EQ(status["NoNewPrivs"], "1");
      EXPECT_EQ(status["Seccomp"], "2");
      for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd"}) {
        EXPECT_EQ(status[set], "0000000000000000") << set;
      }
    }
  }
}

TEST(EnterSandboxTest, HasNamespacesOfItsOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "looking into a process that cannot be dumped needs root";
  for (const bool as_ordinary_user : {false, true}) {
    const ConfinedProcess process(Bare(), as_ordinary_user);
    for (const char* name : {"net", "ipc", "uts"}) {
      EXPECT_NE(NamespaceOf(std::to_string(process.pid()), name), NamespaceOf("self", name))
          << name;
    }
  }
}

TEST(EnterSandboxTest, MakesAWorkerOfRootNobody) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const ConfinedProcess process(Profile::Worker("worker").Add(BaseIo{}), false);
  auto status = StatusOf(process.pid());
  EXPECT_EQ(status["Uid"], "65534\t65534\t65534\t65534");
  EXPECT_EQ(status["Gid"], "65534\t65534\t65534\t65534");
  EXPECT_EQ(status["Groups"].find_first_not_of(' '), std::string::npos);
}

TEST(EnterSandboxTest, KeepsTheRoomsUserNumber) {
  // SO_PEERCRED and file owners are compared with it.
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  EXPECT_EQ(InChild([] {
              if (::setresgid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) != 0 ||
                  ::setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) != 0) {
                return kNotConfined;
              }
              if (!EnterSandbox(Bare(), ProbeKernel()).has_value()) return kNotConfined;
              return ::geteuid() == kOrdinaryUid && ::getegid() == kOrdinaryUid ? 0 : 1;
            }),
            0);
}

TEST(EnterSandboxTest, RefusesASecondThread) {
  EXPECT_EQ(InChild([] {
              std::thread other([] { ::pause(); });
              other.detach();
              const auto entered = EnterSandbox(Bare(), ProbeKernel());
              return entered.has_value() ? 1 : 0;
            }),
            0);
}

TEST(EnterSandboxTest, ConfinesThreadsThatTheLastStepStarted) {
  EXPECT_EQ(InChild([] {
              int fds[2] = {-1, -1};
              if (::pipe2(fds, O_CLOEXEC) != 0) return kNotConfined;
              int refused = -1;
              std::thread early;
              const auto entered = EnterSandbox(Bare(), ProbeKernel(), [&]() -> Result<> {
                early = std::thread([&] {
                  char byte = 0;
                  if (::read(fds[0], &byte, 1) != 1) return;
                  refused = ::socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM &&
                                    ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0
                                ? 0
                                : 1;
                });
                return Ok();
              });
              if (!entered.has_value() || ::write(fds[1], "x", 1) != 1) return kNotConfined;
              early.join();
              return refused;
            }),
            0);
}

TEST(EnterSandboxTest, SetsHardLimits) {
  EXPECT_EQ(InChild([] {
              Profile profile = Bare();
              profile.SetLimits({.open_files = 20, .file_bytes = 100, .locked_memory_bytes = 0});
              if (!EnterSandbox(profile, ProbeKernel()).has_value()) return kNotConfined;
              rlimit files{};
              rlimit core{};
              if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 1;
              if (::getrlimit(RLIMIT_CORE, &core) != 0) return 1;
              return files.rlim_cur == 20 && files.rlim_max == 20 && core.rlim_max == 0 ? 0 : 2;
            }),
            0);
}

TEST(EnterSandboxTest, NeverSkipsAStepThatTheProbePromised) {
  EXPECT_EQ(InChild([] {
              KernelProbe probe = ProbeKernel();
              probe.landlock_abi = 2;
              Profile profile = Bare();
              profile.Grant(999, landlock::kReadFile);  // A descriptor that is not open.
              const auto entered = EnterSandbox(profile, probe);
              return !entered.has_value() && entered.error().code == ErrorCode::kInternal ? 0 : 1;
            }),
            0);
}

#endif  // SECAI_RELAXED_SANDBOX

TEST(EnterSandboxTest, RunsTheLastStepOnceAndReturnsItsError) {
  EXPECT_EQ(InChild([] {
              const auto entered = EnterSandbox(Bare(), ProbeKernel(), [] {
                return Result<>(Fail(ErrorCode::kCorrupt, "last step"));
              });
              return !entered.has_value() && entered.error().code == ErrorCode::kCorrupt ? 0 : 1;
            }),
            0);
}

TEST(EnterSandboxTest, RefusesBelowTheBaseKernel) {
  const auto entered =
      EnterSandbox(Bare(), KernelProbe{.landlock_abi = 1, .has_seccomp_filter = true});
  ASSERT_FALSE(entered.has_value());
  EXPECT_EQ(entered.error().code, ErrorCode::kUnavailable);
}

TEST(EnterSandboxTest, WritesNoStrangersFile) {
  // Holds in sanitizer builds too.
  EXPECT_EQ(InChild([] {
              if (!EnterSandbox(Bare(), ProbeKernel()).has_value()) return kNotConfined;
              return ::open("/tmp/secai-enter-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) <
                             0
                         ? 0
                         : 1;
            }),
            0);
}

}  // namespace
}  // namespace secai::sandbox

// Runs each room's real profile at each level of the kernel probe, and then tries what is
// forbidden, in a process of its own each time; and the other side of each limit: the same attempts
// without a sandbox, and what the room is there to do.

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "attempts.h"
#include "rooms.h"
#include "sandbox/enter_sandbox.h"
#include "sandbox/kernel_probe.h"
#include "world.h"

namespace secai::containment {
namespace {

// What a test runner left open would fill the few descriptors that a worker may have.
[[maybe_unused]] const int kInheritedClosed = ::close_range(3, ~0U, 0);

constexpr int kNoSandbox = 250;       // Exit codes of the child; below them is an errno.
constexpr unsigned kPatience_s = 20;  // A child that hangs ends by SIGALRM.

struct Level {
  std::string name;
  User user = User::kAsStarted;
  sandbox::KernelProbe probe;
};

// What every process with BaseIo may do.
const std::vector<std::string> kEveryone = {"map memory", "signal itself"};

enum class Fate { kWorked, kRefused, kKilled, kOther };

struct Outcome {
  Fate fate = Fate::kOther;
  int detail = 0;  // errno, or the raw wait status.
};

std::string Describe(const Outcome& outcome) {
  switch (outcome.fate) {
    case Fate::kWorked:
      return "it worked";
    case Fate::kRefused:
      return std::string("refused: ") + std::strerror(outcome.detail);
    case Fate::kKilled:
      return "killed by SIGSYS";
    case Fate::kOther:
      break;
  }
  if (WIFSIGNALED(outcome.detail))
    return std::string("signal ") + strsignal(WTERMSIG(outcome.detail));
  return WEXITSTATUS(outcome.detail) == kNoSandbox ? "the sandbox was not entered" : "ended oddly";
}

// Runs `attempt` in a child: as the world's user, and inside `room`'s sandbox if there is one.
Outcome TryIt(World& world, const Room* room, const sandbox::KernelProbe& probe,
              const std::function<int(const World&)>& attempt) {
  const pid_t child = ::fork();
  if (child < 0) return {};
  if (child == 0) {
    ::alarm(kPatience_s);
    world.BecomeUser();
    world.OpenSockets();
    if (room != nullptr) {
      const auto entered = sandbox::EnterSandbox(room->profile(world), probe);
      if (!entered.has_value()) {
        (void)!::write(2, entered.error().message.data(), entered.error().message.size());
        ::_exit(kNoSandbox);
      }
    }
    ::_exit(attempt(world));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) return {Fate::kKilled, 0};
  if (!WIFEXITED(status) || WEXITSTATUS(status) >= kNoSandbox) return {Fate::kOther, status};
  if (WEXITSTATUS(status) == 0) return {Fate::kWorked, 0};
  return {Fate::kRefused, WEXITSTATUS(status)};
}

bool IsNo(const Attempt& attempt, const Outcome& outcome) {
  if (outcome.fate == Fate::kKilled) return true;
  if (attempt.answer == Answer::kDeath || outcome.fate != Fate::kRefused) return false;
  return outcome.detail == EPERM || outcome.detail == EACCES || outcome.detail == ENOSYS;
}

sandbox::KernelProbe ProbeAs(User user) {
  // Only namespaces depend on who asks; found out in a child that may change its user.
  sandbox::KernelProbe probe = sandbox::ProbeKernel();
  if (user == User::kAsStarted) return probe;
  World world(user);
  const auto can = [&](bool sandbox::KernelProbe::* what) {
    const auto attempt = [&](const World&) { return sandbox::ProbeKernel().*what ? 0 : 1; };
    return TryIt(world, nullptr, probe, attempt).fate == Fate::kWorked;
  };
  probe.can_make_namespaces = can(&sandbox::KernelProbe::can_make_namespaces);
  probe.can_map_user = can(&sandbox::KernelProbe::can_map_user);
  return probe;
}

// The kernel as it is, and as every older one would be.
std::vector<Level> Levels() {
  std::vector<Level> levels;
  const sandbox::KernelProbe real = ProbeAs(User::kAsStarted);
  levels.push_back({"this kernel", User::kAsStarted, real});
  const auto older = [&](int abi) {
    sandbox::KernelProbe probe{.version_major = 6, .version_minor = 1, .landlock_abi = abi};
    probe.has_seccomp_filter = true;
    return probe;
  };
  for (int abi = 2; abi <= std::min(real.landlock_abi, 7); ++abi) {
    levels.push_back({"Landlock ABI " + std::to_string(abi), User::kAsStarted, older(abi)});
  }
  if (::geteuid() == 0) {
    levels.push_back(
        {"this kernel as an ordinary user", User::kOrdinary, ProbeAs(User::kOrdinary)});
    levels.push_back({"Landlock ABI 2 as an ordinary user", User::kOrdinary, older(2)});
  }
  return levels;
}

int OpenFile(const std::string& path, int flags) {
  const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return fd.is_open() ? 0 : errno;
}

int UseWritable(const std::string& folder) {
  if (const int error = OpenFile(folder, O_RDONLY | O_DIRECTORY); error != 0) return error;
  if (const int error = OpenFile(folder + "/new", O_RDWR | O_CREAT | O_TRUNC); error != 0)
    return error;
  if (::rename((folder + "/new").c_str(), (folder + "/renamed").c_str()) != 0) return errno;
  if (::mkdir((folder + "/below").c_str(), 0700) != 0) return errno;
  if (::rename((folder + "/renamed").c_str(), (folder + "/below/moved").c_str()) != 0) return errno;
  if (::unlink((folder + "/below/moved").c_str()) != 0) return errno;
  if (::rmdir((folder + "/below").c_str()) != 0) return errno;
  return OpenFile(folder + "/given", O_RDWR);
}

int MoveIn(const std::string& stranger, const std::string& folder) {
  return ErrnoOf(::link(stranger.c_str(), (folder + "/stolen").c_str()));
}

class Containment : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {
 protected:
  static const std::vector<Room>& AllRooms() {
    static const std::vector<Room> rooms = Rooms();
    return rooms;
  }
  static const std::vector<Level>& AllLevels() {
    static const std::vector<Level> levels = Levels();
    return levels;
  }
};

TEST(ContainmentSuite, AttemptsWorkWithoutASandbox) {
  for (const User user : {User::kAsStarted, User::kOrdinary}) {
    if (user == User::kOrdinary && ::geteuid() != 0) continue;
    World world(user);
    for (const Attempt& attempt : AllAttempts()) {
      if (attempt.unconfined == Unconfined::kMayFail) continue;
      const Outcome outcome = TryIt(world, nullptr, {}, attempt.run);
      EXPECT_EQ(outcome.fate, Fate::kWorked) << attempt.name << ": " << Describe(outcome);
    }
  }
}

TEST(ContainmentSuite, BelowTheBaseNothingStarts) {
  World world(User::kAsStarted);
  const Room room = Rooms().front();
  for (const sandbox::KernelProbe& probe :
       {sandbox::KernelProbe{.landlock_abi = 1, .has_seccomp_filter = true},
        sandbox::KernelProbe{.landlock_abi = 7, .has_seccomp_filter = false}}) {
    const auto entered = sandbox::EnterSandbox(room.profile(world), probe);
    ASSERT_FALSE(entered.has_value());
    EXPECT_EQ(entered.error().code, ErrorCode::kUnavailable);
  }
}

TEST(ContainmentSuite, EveryMayNamesAnAttempt) {
  const auto attempts = AllAttempts();
  for (const Room& room : Rooms()) {
    for (const std::string& name : room.may) {
      EXPECT_TRUE(std::any_of(attempts.begin(), attempts.end(),
                              [&](const Attempt& attempt) { return attempt.name == name; }))
          << room.name << ": " << name;
    }
  }
}

TEST_P(Containment, DoesWhatItMayAndNothingElse) {
  const auto [room_index, level_index] = GetParam();
  const Room& room = AllRooms()[room_index];
  const Level& level = AllLevels()[level_index];
  SCOPED_TRACE(room.name + " at " + level.name);
  World world(level.user);
  (void)room.profile(world);  // Makes the folders, before fork().
  for (const Attempt& attempt : AllAttempts()) {
    const auto is_in = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), attempt.name) != names.end();
    };
    if (is_in(room.depends)) continue;
    const Outcome outcome = TryIt(world, &room, level.probe, attempt.run);
    if (is_in(room.may) || is_in(kEveryone)) {
      EXPECT_EQ(outcome.fate, Fate::kWorked) << attempt.name << ": " << Describe(outcome);
    } else {
      EXPECT_TRUE(IsNo(attempt, outcome)) << attempt.name << ": " << Describe(outcome);
    }
  }
}

TEST_P(Containment, UsesItsFoldersAsGiven) {
  const auto [room_index, level_index] = GetParam();
  const Room& room = AllRooms()[room_index];
  const Level& level = AllLevels()[level_index];
  SCOPED_TRACE(room.name + " at " + level.name);
  World world(level.user);
  (void)room.profile(world);
  const auto run = [&](auto attempt) {
    return TryIt(world, &room, level.probe, [&](const World&) { return attempt(); });
  };
  for (const std::string& folder : world.writable()) {
    const Outcome use = run([&] { return UseWritable(folder); });
    EXPECT_EQ(use.fate, Fate::kWorked) << folder << ": " << Describe(use);
    const Outcome steal = run([&] { return MoveIn(world.other() + "/secret", folder); });
    EXPECT_TRUE(steal.fate == Fate::kKilled ||
                (steal.fate == Fate::kRefused && (steal.detail == EXDEV || steal.detail == EACCES)))
        << Describe(steal);
  }
  for (const std::string& folder : world.readable()) {
    const Outcome read = run([&] { return OpenFile(folder + "/given", O_RDONLY); });
    EXPECT_EQ(read.fate, Fate::kWorked) << folder << ": " << Describe(read);
    for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_ACCMODE | O_TRUNC}) {
      const Outcome write = run([&] { return OpenFile(folder + "/given", flags); });
      EXPECT_EQ(write.fate, Fate::kRefused) << folder << ": " << Describe(write);
    }
    const Outcome make = run([&] { return OpenFile(folder + "/new", O_WRONLY | O_CREAT); });
    EXPECT_EQ(make.fate, Fate::kRefused) << folder << ": " << Describe(make);
  }
  for (const std::string& file : world.readable_files()) {
    const Outcome read = run([&] { return OpenFile(file, O_RDONLY); });
    EXPECT_EQ(read.fate, Fate::kWorked) << file << ": " << Describe(read);
    const Outcome write = run([&] { return OpenFile(file, O_WRONLY); });
    EXPECT_EQ(write.fate, Fate::kRefused) << file << ": " << Describe(write);
  }
}

std::string TestName(const testing::TestParamInfo<std::tuple<std::size_t, std::size_t>>& info) {
  std::string name =
      Rooms()[std::get<0>(info.param)].name + "_level_" + std::to_string(std::get<1>(info.param));
  for (char& character : name) {
    if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rooms, Containment,
                         testing::Combine(testing::Range(std::size_t{0}, Rooms().size()),
                                          testing::Range(std::size_t{0}, Levels().size())),
                         TestName);

}  // namespace
}  // namespace secai::containment

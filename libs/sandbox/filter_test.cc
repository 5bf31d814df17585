#include "sandbox/filter.h"

#include <cerrno>

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sandbox/powers/accept_connections.h"
#include "sandbox/powers/base_io.h"
#include "sandbox/powers/compute.h"
#include "sandbox/powers/read_folder.h"
#include "sandbox/powers/sealed_memory.h"
#include "sandbox/powers/socket_pairs.h"
#include "sandbox/powers/spawn.h"
#include "sandbox/powers/threads.h"
#include "sandbox/powers/write_folder.h"
#include "sandbox/testing/filter_machine.h"

namespace secai::sandbox {
namespace {

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
constexpr std::uint32_t kNo = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint64_t kGarbageAbove = std::uint64_t{0xdead'beef} << 32;
constexpr std::uint64_t kSomewhere = 0x7f00'0000'1000;

class FilterTest : public testing::Test {
 protected:
  template <typename... Powers>
  static std::vector<sock_filter> RoomWith(const Powers&... powers) {
    Profile profile = Profile::Room("test");
    (profile.Add(powers), ...);
    return BuildFilter(profile).value();
  }
  template <typename... Powers>
  static std::vector<sock_filter> WorkerWith(const Powers&... powers) {
    Profile profile = Profile::Worker("test");
    (profile.Add(powers), ...);
    return BuildFilter(profile).value();
  }
};

TEST_F(FilterTest, AllowsNothingWithoutPowers) {
  const auto room = RoomWith();
  const auto worker = WorkerWith();
  for (long number = 0; number < 1024; ++number) {
    const auto verdict = RunFilter(room, number);
    EXPECT_TRUE(verdict == kNo || verdict == kKill) << number;
    EXPECT_EQ(RunFilter(worker, number), kKill) << number;
  }
}

TEST_F(FilterTest, KillsOtherArchitecturesWhateverTheNumber) {
  const auto filter = RoomWith(BaseIo{});
  for (const auto architecture : {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_ARM}}) {
    for (long number = 0; number < 512; ++number) {
      ASSERT_EQ(RunFilter(filter, number, {}, architecture), kKill) << number;
    }
  }
}

#if defined(__x86_64__)
TEST_F(FilterTest, KillsX32Numbers) {
  const auto filter = RoomWith(BaseIo{});
  for (const long number : {0L, long{SYS_getpid}, 511L}) {
    EXPECT_EQ(RunFilter(filter, 0x4000'0000L | number), kKill) << number;
  }
  EXPECT_EQ(RunFilter(filter, -1), kKill);
}
#endif

TEST_F(FilterTest, KillsARoomForCallsNoLibraryMakes) {
  const auto filter = RoomWith(BaseIo{}, Threads{}, SealedMemory{}, SocketPairs{});
  for (const long number : KilledSyscalls()) EXPECT_EQ(RunFilter(filter, number), kKill) << number;
}

TEST_F(FilterTest, RefusesSocketsAndTheirUses) {
  const auto filter = RoomWith(BaseIo{}, AcceptConnections{{5}}, SocketPairs{});
  for (const long number : {SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_sendmmsg}) {
    EXPECT_EQ(RunFilter(filter, number), kNo) << number;
  }
}

TEST_F(FilterTest, SendsWithoutAddressAndWithPlainFlagsOnly) {
  const auto filter = RoomWith(BaseIo{});
  EXPECT_EQ(RunFilter(filter, SYS_sendto, {3, kSomewhere, 1, MSG_NOSIGNAL, 0, 0}), kAllow);
  EXPECT_EQ(RunFilter(filter, SYS_sendto, {3, kSomewhere, 1, MSG_NOSIGNAL, kSomewhere, 16}), kNo);
  // An address in the upper half of the pointer alone.
  EXPECT_EQ(RunFilter(filter, SYS_sendto, {3, kSomewhere, 1, 0, std::uint64_t{1} << 32, 16}), kNo);
  EXPECT_EQ(RunFilter(filter, SYS_sendto, {3, kSomewhere, 1, MSG_FASTOPEN, 0, 0}), kNo);
  EXPECT_EQ(RunFilter(filter, SYS_sendmsg, {3, kSomewhere, MSG_NOSIGNAL}), kAllow);
  EXPECT_EQ(RunFilter(filter, SYS_sendmsg, {3, kSomewhere, MSG_FASTOPEN | MSG_NOSIGNAL}), kNo);
  // The kernel reads 32 bits of the flags, so what stands above changes nothing.
  EXPECT_EQ(RunFilter(filter, SYS_sendmsg, {3, kSomewhere, kGarbageAbove | MSG_FASTOPEN}), kNo);
  EXPECT_EQ(RunFilter(filter, SYS_sendmsg, {3, kSomewhere, kGarbageAbove | MSG_NOSIGNAL}), kAllow);
}

TEST_F(FilterTest, NeverMapsExecutableMemory) {
  for (const auto& filter : {RoomWith(BaseIo{}), WorkerWith(BaseIo{}, Compute{})}) {
    EXPECT_EQ(RunFilter(filter, SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE}), kAllow);
    EXPECT_NE(RunFilter(filter, SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC}), kAllow);
    EXPECT_NE(RunFilter(filter, SYS_mprotect, {0, 4096, PROT_EXEC}), kAllow);
    EXPECT_NE(RunFilter(filter, SYS_pkey_mprotect, {0, 4096, PROT_READ}), kAllow);
  }
}

TEST_F(FilterTest, StartsThreadsButNoProcesses) {
  // What glibc 2.36 asks for in pthread_create and in fork.
  constexpr std::uint64_t kPthread = 0x3d0f00;
  constexpr std::uint64_t kFork = 0x01200011;
  const auto with = RoomWith(BaseIo{}, Threads{});
  EXPECT_EQ(RunFilter(with, SYS_clone, {kPthread}), kAllow);
  EXPECT_EQ(RunFilter(with, SYS_clone, {kFork}), kNo);
  EXPECT_EQ(RunFilter(with, SYS_clone, {kPthread | CLONE_NEWUSER}), kNo);
  EXPECT_EQ(RunFilter(with, SYS_clone, {kPthread & ~std::uint64_t{CLONE_THREAD}}), kNo);
  EXPECT_EQ(RunFilter(with, SYS_clone3), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(RunFilter(RoomWith(BaseIo{}), SYS_clone, {kPthread}), kNo);
}

TEST_F(FilterTest, SignalsOnlyItself) {
  const auto filter = RoomWith(BaseIo{});
  const auto own = static_cast<std::uint64_t>(::getpid());
  EXPECT_EQ(RunFilter(filter, SYS_tgkill, {own, 1, 6}), kAllow);
  EXPECT_EQ(RunFilter(filter, SYS_tgkill, {own + 1, 1, 6}), kNo);
  for (const long number :
       {SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal}) {
    EXPECT_EQ(RunFilter(filter, number, {own}), kNo) << number;
  }
}

TEST_F(FilterTest, OpensForWritingOnlyWithTheFolderPower) {
  const auto reader = RoomWith(BaseIo{}, ReadFolder{-1});
  const auto writer = RoomWith(BaseIo{}, WriteFolder{-1});
  const auto open = [](const std::vector<sock_filter>& filter, int flags) {
    return RunFilter(filter, SYS_openat, {0, kSomewhere, static_cast<std::uint64_t>(flags)});
  };
  EXPECT_EQ(open(reader, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), kAllow);
  EXPECT_EQ(open(reader, O_RDONLY | O_CREAT), kNo);
  EXPECT_EQ(open(reader, O_WRONLY), kNo);
  EXPECT_EQ(open(reader, O_RDWR), kNo);
  EXPECT_EQ(open(writer, O_RDWR | O_CREAT | O_TRUNC | O_EXCL), kAllow);
  EXPECT_EQ(open(writer, O_WRONLY | O_APPEND), kAllow);
  EXPECT_EQ(open(writer, O_TMPFILE | O_RDWR), kAllow);
  // Below Landlock ABI 3 these would empty any file of the user's.
  for (const auto& filter : {reader, writer}) {
    EXPECT_EQ(open(filter, O_RDONLY | O_TRUNC), kNo);
    EXPECT_EQ(open(filter, O_ACCMODE), kNo);
    EXPECT_EQ(open(filter, O_ACCMODE | O_TRUNC), kNo);
    EXPECT_EQ(RunFilter(filter, SYS_openat2), kNo);
  }
}

TEST_F(FilterTest, AcceptsOnTheGivenListenersOnly) {
  const auto filter = RoomWith(BaseIo{}, AcceptConnections{{5, 7}});
  for (const std::uint64_t fd : {5U, 7U}) EXPECT_EQ(RunFilter(filter, SYS_accept4, {fd}), kAllow);
  for (const std::uint64_t fd : {4U, 6U, 8U}) EXPECT_EQ(RunFilter(filter, SYS_accept, {fd}), kNo);
}

TEST_F(FilterTest, MakesConnectedStreamsOnly) {
  const auto filter = RoomWith(BaseIo{}, SocketPairs{});
  const auto pair = [&](std::uint64_t family, std::uint64_t type) {
    return RunFilter(filter, SYS_socketpair, {family, type, 0, kSomewhere});
  };
  EXPECT_EQ(pair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC), kAllow);
  EXPECT_EQ(pair(AF_UNIX, SOCK_SEQPACKET), kAllow);
  EXPECT_EQ(pair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC), kNo);
  EXPECT_EQ(pair(AF_UNIX, SOCK_RAW), kNo);
  EXPECT_EQ(pair(AF_INET, SOCK_STREAM), kNo);
}

TEST_F(FilterTest, ComparesIoctlCommandsInFull) {
  const auto filter = RoomWith(BaseIo{});
  EXPECT_EQ(RunFilter(filter, SYS_ioctl, {3, FIONBIO}), kAllow);
  EXPECT_EQ(RunFilter(filter, SYS_ioctl, {3, kGarbageAbove | FIONBIO}), kNo);
  EXPECT_EQ(RunFilter(filter, SYS_ioctl, {3, TIOCSTI}), kNo);
}

TEST_F(FilterTest, AnswersSoftlyToWhatLibrariesProbeInWorkers) {
  const auto filter = WorkerWith(BaseIo{}, Compute{});
  EXPECT_EQ(RunFilter(filter, SYS_openat, {0, kSomewhere, O_RDONLY}), SECCOMP_RET_ERRNO | EACCES);
  EXPECT_EQ(RunFilter(filter, SYS_prctl, {4 /* PR_SET_DUMPABLE */, 1}), kNo);
  EXPECT_EQ(RunFilter(filter, SYS_socket, {AF_INET, SOCK_STREAM}), kKill);
  EXPECT_EQ(RunFilter(filter, SYS_kill, {1, 9}), kKill);
}

TEST_F(FilterTest, GivesSpawnersNoNetworkNoTracingNoMounts) {
  Profile profile = Profile::ForSpawner("test");
  const auto filter = BuildFilter(profile.Add(BaseIo{}).Add(Spawn{})).value();
  for (const long number :
       {SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_ptrace, SYS_mount, SYS_bpf, SYS_execve,
        SYS_io_uring_setup, SYS_process_vm_readv, SYS_setns, SYS_kill}) {
    EXPECT_NE(RunFilter(filter, number), kAllow) << number;
  }
  EXPECT_EQ(RunFilter(filter, SYS_unshare, {CLONE_NEWUSER | CLONE_NEWNET}), kAllow);
  EXPECT_NE(RunFilter(filter, SYS_unshare, {CLONE_NEWNS}), kAllow);
  EXPECT_NE(RunFilter(filter, SYS_clone, {CLONE_NEWUSER | 17}), kAllow);
}

TEST_F(FilterTest, RefusesMoreConditionsThanAJumpCanCross) {
  Profile profile = Profile::Room("test");
  for (unsigned i = 0; i < 100; ++i) {
    profile.AllowIf(SYS_fcntl, {{.index = 1, .mask = kLow32Bits, .value = i}});
  }
  EXPECT_FALSE(BuildFilter(profile).has_value());
}

}  // namespace
}  // namespace secai::sandbox

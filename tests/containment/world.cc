#include "world.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace secai::containment {
namespace {

constexpr unsigned kOrdinaryUid = 65533;

// The suite cannot go on without its world; what failed is said and the process ends.
void Require(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::abort();
}

void WriteFile(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  Require(file.is_open() && ::write(file.get(), "x", 1) == 1 && ::fchmod(file.get(), 0666) == 0,
          path.c_str());
}

void MakeFolder(const std::string& path) {
  Require(::mkdir(path.c_str(), 0777) == 0 && ::chmod(path.c_str(), 0777) == 0, path.c_str());
}

UniqueFd ListenOnLoopback(sockaddr_in* address) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  *address = {};
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof *address;
  Require(::bind(fd.get(), reinterpret_cast<sockaddr*>(address), size) == 0 &&
              ::listen(fd.get(), 8) == 0 &&
              ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(address), &size) == 0,
          "loopback listener");
  return fd;
}

UniqueFd ListenOnUnix(const std::string& name) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  Require(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
              ::listen(fd.get(), 8) == 0,
          "Unix listener");
  return fd;
}

}  // namespace

World::World(User user) : user_(user) {
  char path[] = "/tmp/secai-containment-XXXXXX";
  Require(::mkdtemp(path) != nullptr && ::chmod(path, 0777) == 0, "mkdtemp");
  root_ = path;
  other_ = root_ + "/other";
  MakeFolder(other_);
  WriteFile(other_ + "/secret");
  if (user ==
      User::kOrdinary) {  // Every file is the user's own, so that only the sandbox is in the way.
    Require(::chown((other_ + "/secret").c_str(), kOrdinaryUid, kOrdinaryUid) == 0, "chown");
  }
  unix_path_ = other_ + "/room.sock";
  StartVictim();
}

World::~World() {
  ::kill(victim_, SIGKILL);
  ::waitpid(victim_, nullptr, 0);
  std::filesystem::remove_all(root_);
}

int World::Folder(const std::string& name, std::vector<std::string>& list) {
  const std::string path = root_ + "/" + name;
  UniqueFd& fd = given_fds_[path];
  if (!fd.is_open()) {
    MakeFolder(path);
    WriteFile(path + "/given");
    list.push_back(path);
    fd.Reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  return fd.get();
}

int World::ReadableFile(const std::string& name) {
  const std::string path = root_ + "/" + name;
  UniqueFd& fd = given_fds_[path];
  if (!fd.is_open()) {
    WriteFile(path);
    readable_files_.push_back(path);
    fd.Reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  return fd.get();
}

void World::BecomeUser() const {
  if (user_ == User::kAsStarted) return;
  Require(::setgroups(0, nullptr) == 0 &&
              ::setresgid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0 &&
              ::setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0,
          "becoming an ordinary user");
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0,
          0);  // A program like any other: the change of user had cleared it.
}

void World::StartVictim() {
  victim_ = ::fork();
  Require(victim_ >= 0, "fork");
  if (victim_ == 0) {
    BecomeUser();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    std::signal(SIGUSR1, SIG_IGN);
    while (true) ::pause();
  }
  victim_pidfd_.Reset(static_cast<int>(::syscall(SYS_pidfd_open, victim_, 0)));
  Require(victim_pidfd_.is_open(), "pidfd_open");
}

void World::OpenSockets() {
  sockaddr_in address{};
  listener_ = ListenOnLoopback(&address);
  elsewhere_ = ListenOnLoopback(&elsewhere_address_);
  client_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Require(::connect(client_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
          "connect");
  accepted_.Reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  // A second one waits, for whoever may accept.
  client_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Require(::connect(client_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
          "connect");
  ::unlink(unix_path_.c_str());
  unix_listener_ = ListenOnUnix(unix_path_);
  abstract_name_ = std::string(1, '\0') + root_ + "-" + std::to_string(::getpid());
  abstract_listener_ = ListenOnUnix(abstract_name_);
  idle_tcp_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  idle_unix_.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  user_namespace_.Reset(::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
  executable_.Reset(::open("/bin/true", O_RDONLY | O_CLOEXEC));
  WriteFile(other_ + "/doomed");
}

}  // namespace secai::containment

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attempts.h"

namespace secai::containment {
namespace {

int Open(const std::string& path, int flags) {
  const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return fd.is_open() ? 0 : errno;
}

std::string VictimFile(const World& world, const char* name) {
  return "/proc/" + std::to_string(world.victim()) + "/" + name;
}

}  // namespace

std::vector<Attempt> FileAttempts() {
  return {
      {"read /etc/passwd", [](const World&) { return Open("/etc/passwd", O_RDONLY); }},
      {"list /", [](const World&) { return Open("/", O_RDONLY | O_DIRECTORY); }},
      {"make a file in /tmp",
       [](const World&) {
         const std::string path = "/tmp/secai-containment-made";
         const int error = Open(path, O_WRONLY | O_CREAT);
         if (error == 0) ::unlink(path.c_str());
         return error;
       }},
      {"read another room's file",
       [](const World& w) { return Open(w.other() + "/secret", O_RDONLY); }},
      {"write another room's file",
       [](const World& w) { return Open(w.other() + "/secret", O_WRONLY); }},
      {"list another room's folder",
       [](const World& w) { return Open(w.other(), O_RDONLY | O_DIRECTORY); }},
      // Below Landlock ABI 3 only the filter stops these two.
      {"empty another room's file by reading",
       [](const World& w) { return Open(w.other() + "/secret", O_RDONLY | O_TRUNC); }},
      {"empty another room's file with access mode 3",
       [](const World& w) { return Open(w.other() + "/secret", O_ACCMODE | O_TRUNC); }},
      {"truncate another room's file by path",
       [](const World& w) { return ErrnoOf(::truncate((w.other() + "/secret").c_str(), 0)); }},
      {"make a file in another room's folder",
       [](const World& w) { return Open(w.other() + "/made", O_WRONLY | O_CREAT); }},
      {"make an unnamed file in another room's folder",
       [](const World& w) { return Open(w.other(), O_TMPFILE | O_RDWR); }},
      {"make a folder in another room's folder",
       [](const World& w) {
         const std::string path = w.other() + "/folder";
         const int error = ErrnoOf(::mkdirat(AT_FDCWD, path.c_str(), 0700));
         if (error == 0) ::rmdir(path.c_str());
         return error;
       }},
      {"remove another room's file",
       [](const World& w) {
         const std::string path = w.other() + "/doomed";
         return ErrnoOf(::unlinkat(AT_FDCWD, path.c_str(), 0));
       }},
      {"make a symbolic link",
       [](const World& w) {
         const std::string path = w.other() + "/link";
         const int error = ErrnoOf(::symlinkat("/etc/passwd", AT_FDCWD, path.c_str()));
         if (error == 0) ::unlink(path.c_str());
         return error;
       }},
      {"make a named pipe",
       [](const World& w) {
         const std::string path = w.other() + "/pipe";
         const int error = ErrnoOf(::mkfifo(path.c_str(), 0600));
         if (error == 0) ::unlink(path.c_str());
         return error;
       }},
      {"change a mode by path",
       [](const World& w) { return ErrnoOf(::chmod((w.other() + "/secret").c_str(), 0666)); }},
      {"change times by path",
       [](const World& w) {
         return ErrnoOf(::utimensat(AT_FDCWD, (w.other() + "/secret").c_str(), nullptr, 0));
       }},
      {"set an attribute by path",
       [](const World& w) {
         const int error =
             ErrnoOf(::setxattr((w.other() + "/secret").c_str(), "user.secai", "x", 1, 0));
         return error == ENOTSUP ? 0 : error;  // Refused by the filesystem: it got past us.
       }},
      {"change the working folder",
       [](const World& w) { return ErrnoOf(::chdir(w.other().c_str())); }},
      {"read the victim's memory file",
       [](const World& w) { return Open(VictimFile(w, "mem"), O_RDONLY); }},
      {"read the victim's environment",
       [](const World& w) { return Open(VictimFile(w, "environ"), O_RDONLY); }},
      {"read own memory file", [](const World&) { return Open("/proc/self/mem", O_RDWR); }},
  };
}

}  // namespace secai::containment

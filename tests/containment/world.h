#pragma once

#include <map>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/types.h>

#include "base/unique_fd.h"

namespace secai::containment {

// Who the confined process starts as.
enum class User { kAsStarted, kOrdinary };  // kOrdinary: uid 65533, when the suite runs as root.

// What surrounds one confined process: folders of its own and of others, sockets, and a process of
// the same user that it must not reach. Made by the test, before fork(), but for the sockets.
class World {
 public:
  explicit World(User user);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // For the lines of rooms.cc; asking again for a name gives the same.
  // a folder that the room is given, to write or only to read. Holds a file
  // "given". Returns a descriptor that lives as long as the world.
  int Writable(const std::string& name) { return Folder(name, writable_); }
  int Readable(const std::string& name) { return Folder(name, readable_); }
  // A file that the room is given to read.
  int ReadableFile(const std::string& name);
  // The listening TCP socket that the room is given.
  int Listener() const { return listener_.get(); }

  const std::vector<std::string>& writable() const { return writable_; }
  const std::vector<std::string>& readable() const { return readable_; }
  const std::vector<std::string>& readable_files() const { return readable_files_; }

  // A folder of another room, with a file "secret".
  const std::string& other() const { return other_; }
  pid_t victim() const { return victim_; }
  int victim_pidfd() const { return victim_pidfd_.get(); }
  // An address in the victim that holds one byte.
  const void* victim_memory() const { return &victim_byte_; }

  // In the child, before the sandbox: becomes the user, and opens what a room may hold by then.
  void BecomeUser() const;
  void OpenSockets();

  int accepted() const { return accepted_.get(); }
  const sockaddr_in& elsewhere() const { return elsewhere_address_; }
  const std::string& unix_path() const { return unix_path_; }
  const std::string& abstract_name() const { return abstract_name_; }
  // Sockets that no room holds, made before lockdown to try the call after it.
  int idle_tcp() const { return idle_tcp_.get(); }
  int idle_unix() const { return idle_unix_.get(); }
  int user_namespace() const { return user_namespace_.get(); }
  int executable() const { return executable_.get(); }

 private:
  int Folder(const std::string& name, std::vector<std::string>& list);
  void StartVictim();

  User user_;
  std::string root_;
  std::string other_;
  std::vector<std::string> writable_;
  std::vector<std::string> readable_;
  std::vector<std::string> readable_files_;
  std::map<std::string, UniqueFd> given_fds_;  // By path.
  pid_t victim_ = -1;
  char victim_byte_ = 'v';
  UniqueFd victim_pidfd_;
  UniqueFd listener_;
  UniqueFd client_;
  UniqueFd accepted_;
  UniqueFd elsewhere_;
  sockaddr_in elsewhere_address_{};
  std::string unix_path_;
  std::string abstract_name_;
  UniqueFd unix_listener_;
  UniqueFd abstract_listener_;
  UniqueFd idle_tcp_;
  UniqueFd idle_unix_;
  UniqueFd user_namespace_;
  UniqueFd executable_;
};

}  // namespace secai::containment

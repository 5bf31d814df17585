#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "net/handler.h"
#include "service/room_link.h"
#include "supervisor/audit_reporter.h"
#include "supervisor/links.h"
#include "supervisor/listeners.h"
#include "supervisor/room.h"

namespace secai::supervisor {

struct SupervisorConfig {
  std::string root;               // Absolute.
  std::string executable_folder;  // Where the rooms' programs are.
  std::vector<uid_t> owner_uids;
  std::string version;
  std::string level;  // Of confinement: "base" or "full".
  // Sentences for whoever watches the terminal.
  std::function<void(const std::string&)> tell;
};

// Starts the rooms in order, links them by the table of links.h, starts again what ends, and stops
// them in reverse. Owns no data of theirs.
//
// The rooms' calls on their control links arrive here; `peer` is the room the link was made for.
// Thread-safety: the io_context's thread only. Ownership: borrows `io` and `listeners`.
class Supervisor final : private net::Handler, private RoomObserver {
 public:
  Supervisor(boost::asio::io_context* io, SupervisorConfig config, const Listeners* listeners,
             std::shared_ptr<ServicesLog> log);
  ~Supervisor() override;

  // Starts every room that the build has, and returns when all are ready.
  // Errors: kUnavailable naming the room that does not start and its last words. Stop() is due then
  // too.
  boost::asio::awaitable<Result<>> Start();

  // Makes a Start() under way return. Stop() is due then.
  void GiveUpStarting();
  // Stops all rooms, at most about 3 s each. Idempotent.
  boost::asio::awaitable<void> Stop();
  // Kills all rooms at once, for a person who asks twice.
  void Kill();

  // Who answers the rooms' control links. For tests that speak as a room.
  net::Handler* handler_for_tests() { return this; }

 private:
  // The supervisor's own way to ask itself for a link, so that it reaches audit as the rooms do.
  class OwnControl;

  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;
  boost::asio::awaitable<Result<net::Message>> MakeLink(std::string caller, std::string callee);
  boost::asio::awaitable<void> WaitForChange(std::chrono::steady_clock::time_point deadline);
  boost::asio::awaitable<Result<>> WaitUntilReady(const Room& room,
                                                  std::chrono::steady_clock::time_point deadline);
  // Hands one end of a new link to `callee`, and returns the other.
  boost::asio::awaitable<Result<net::Message>> Introduce(const Room& callee, LinkRule rule);
  net::Message State() const;

  void OnReady(std::string_view room, pid_t pid) override;
  void OnExit(std::string_view room, pid_t pid, const service::ProcessEnd& end,
              const std::string& what_next, const std::string& last_line) override;

  Room* Find(std::string_view name) const;
  void AddRoom(const RoomSpec& spec);
  Result<Room::Launch> Plan(const RoomSpec& spec) const;
  boost::asio::awaitable<void> RunRoom(Room* room);
  bool AreReady(const std::vector<std::string_view>& names) const;
  // The room that will not get ready, if any: it failed for good, or three times before the first
  // ready.
  Room* FindHopeless() const;

  boost::asio::io_context* io_;
  SupervisorConfig config_;
  const Listeners* listeners_;
  std::shared_ptr<ServicesLog> log_;
  net::Signal changed_;
  std::vector<std::unique_ptr<Room>> rooms_;
  std::unique_ptr<OwnControl> own_control_;
  service::RoomLink audit_;
  AuditReporter reporter_;
  bool is_stopping_ = false;
};

// What a person should read of a line that a room logged: its reason if it has one, else the line.
std::string ReadableLine(const std::string& line);

}  // namespace secai::supervisor

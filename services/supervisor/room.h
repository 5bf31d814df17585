#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "net/link.h"
#include "net/signal.h"
#include "service/start_process.h"
#include "supervisor/backoff.h"
#include "supervisor/rooms.h"
#include "supervisor/services_log.h"

namespace secai::supervisor {

enum class RoomState : std::uint8_t {
  kWaiting,   // For the rooms it needs.
  kStarting,  // The process runs, and has not said "ready".
  kReady,
  kRestarting,  // Ended; will be started again.
  kFailed,      // Ended with "bad configuration": stays down.
  kStopping,
  kStopped,
};
std::string_view StateName(RoomState state);

// What a room tells its owner (the Supervisor) about.
class RoomObserver {
 public:
  RoomObserver() = default;
  RoomObserver(const RoomObserver&) = delete;
  RoomObserver& operator=(const RoomObserver&) = delete;
  virtual ~RoomObserver() = default;

  virtual void OnReady(std::string_view room, pid_t pid) = 0;
  // `what_next` is a clause for people: "starting it again in 200 ms".
  virtual void OnExit(std::string_view room, pid_t pid, const service::ProcessEnd& end,
                      const std::string& what_next, const std::string& last_line) = 0;
};

// One room's process through all its lives: start, ready, exit, wait, start again.
// Thread-safety: the io_context's thread only.
class Room {
 public:
  // What each start needs anew; the room adds the control link. Borrowed descriptors stay the
  // caller's, but those in `owned` live until the process has been started.
  struct Launch {
    service::ProcessPlan plan;
    std::vector<UniqueFd> owned;
  };
  using LaunchFn = std::function<Result<Launch>()>;

  // Borrows all pointers. `control_handler` answers the room's calls on its control link.
  Room(boost::asio::any_io_executor executor, RoomSpec spec, LaunchFn launch,
       std::shared_ptr<ServicesLog> log, net::Handler* control_handler, net::Signal* changed,
       RoomObserver* observer);

  // Runs the room until Stop() or until it failed for good. One caller, once.
  boost::asio::awaitable<void> Run();

  // Asks it to stop (control.stop), and kills it when it is still there after `budget`. Returns
  // when the process has ended. Safe in every state, also before Run().
  boost::asio::awaitable<void> Stop(std::chrono::milliseconds budget);
  // SIGKILL now, and no more starts.
  void Kill();

  // The room said control.ready.
  void BecomeReady();

  const RoomSpec& spec() const { return spec_; }
  RoomState state() const { return state_; }
  int restarts() const { return restarts_; }
  pid_t pid() const { return process_ ? process_->pid : 0; }
  const std::string& last_line() const { return *last_line_; }
  // Null when there is no process.
  std::shared_ptr<net::Link> control() const { return control_; }

 private:
  Result<> StartOnce();
  boost::asio::awaitable<service::ProcessEnd> WaitForEnd();
  boost::asio::awaitable<void> KillWhenNotReady(std::uint64_t life);
  boost::asio::awaitable<void> Pause(std::chrono::milliseconds pause);
  void SetState(RoomState state);

  boost::asio::any_io_executor executor_;
  RoomSpec spec_;
  LaunchFn launch_;
  std::shared_ptr<ServicesLog> log_;
  net::Handler* control_handler_;
  net::Signal* changed_;
  RoomObserver* observer_;

  RoomState state_ = RoomState::kWaiting;
  bool is_wanted_ = true;
  bool is_running_ = false;  // Run() is under way.
  int restarts_ = 0;
  std::uint64_t life_ = 0;  // Counts starts.
  Backoff backoff_;
  std::optional<service::StartedProcess> process_;
  std::shared_ptr<net::Link> control_;
  std::shared_ptr<std::string> last_line_ = std::make_shared<std::string>();
};

}  // namespace secai::supervisor

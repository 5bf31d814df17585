#include "supervisor/room.h"

#include <array>
#include <utility>

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/sockets.h"

namespace secai::supervisor {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;
using std::chrono::milliseconds;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kExitBadConfiguration = 2;
// A start that takes longer is a hang. Generous: a registry may re-verify large models.
constexpr milliseconds kReadyBudget{60'000};

}  // namespace

std::string_view StateName(RoomState state) {
  constexpr std::array<std::string_view, 7> kNames = {"waiting", "starting", "ready",  "restarting",
                                                      "failed",  "stopping", "stopped"};
  return kNames.at(static_cast<std::size_t>(state));
}

Room::Room(asio::any_io_executor executor, RoomSpec spec, LaunchFn launch,
           std::shared_ptr<ServicesLog> log, net::Handler* control_handler, net::Signal* changed,
           RoomObserver* observer)
    : executor_(std::move(executor)),
      spec_(std::move(spec)),
      launch_(std::move(launch)),
      log_(std::move(log)),
      control_handler_(control_handler),
      changed_(changed),
      observer_(observer) {}

void Room::SetState(RoomState state) {
  state_ = state;
  changed_->Notify();
}

asio::awaitable<void> Room::Run() {
  is_running_ = true;
  while (is_wanted_) {
    const Result<> started = StartOnce();
    service::ProcessEnd end{.was_killed = false, .number = 1};
    pid_t pid = 0;
    if (started.has_value()) {
      pid = process_->pid;
      asio::co_spawn(executor_, KillWhenNotReady(life_), asio::detached);
      end = co_await WaitForEnd();
    } else {
      *last_line_ = started.error().message;
    }
    if (control_ != nullptr) control_->Close();
    control_.reset();
    process_.reset();
    if (!is_wanted_) {
      observer_->OnExit(spec_.name, pid, end, "stopped", *last_line_);
      break;
    }
    if (!end.was_killed && end.number == kExitBadConfiguration) {
      is_running_ = false;
      SetState(RoomState::kFailed);
      observer_->OnExit(spec_.name, pid, end, "it stays down", *last_line_);
      co_return;
    }
    const milliseconds pause = backoff_.Next(std::chrono::steady_clock::now());
    ++restarts_;
    SetState(RoomState::kRestarting);
    observer_->OnExit(spec_.name, pid, end,
                      "starting it again in " + std::to_string(pause.count()) + " ms", *last_line_);
    co_await Pause(pause);
  }
  is_running_ = false;
  SetState(RoomState::kStopped);
}

Result<> Room::StartOnce() {
  SetState(RoomState::kStarting);
  last_line_ = std::make_shared<std::string>();
  TRY_ASSIGN(Launch launch, launch_());
  TRY_ASSIGN(auto pair, net::MakeSocketPair());
  launch.plan.descriptors.emplace(launch.plan.descriptors.begin(), "control", pair.second.get());
  TRY_ASSIGN(service::StartedProcess process, service::StartProcess(launch.plan));
  ++life_;
  asio::posix::stream_descriptor errors(executor_, process.errors.Release());
  asio::co_spawn(executor_,
                 CopyErrors(std::move(errors), std::string(spec_.name), log_, last_line_),
                 asio::detached);
  net::LinkOptions options;
  options.peer = std::string(spec_.name);
  options.handler = control_handler_;
  net::Link::Socket socket(executor_);
  boost::system::error_code error;
  socket.assign(asio::local::stream_protocol(), pair.first.get(), error);
  if (error) {
    service::KillProcess(process.pidfd.get());
    TRY(service::CollectProcess(process.pidfd.get()));
    return Fail(ErrorCode::kInternal, "control link: " + error.message());
  }
  (void)pair.first.Release();  // The socket owns it now.
  process_ = std::move(process);
  // Last: a quick room may have said "ready" already, and is heard at once.
  control_ = net::Link::Start(std::move(socket), std::move(options));
  return Ok();
}

asio::awaitable<service::ProcessEnd> Room::WaitForEnd() {
  const int pidfd = process_->pidfd.get();
  // A duplicate, which the event loop may own and close.
  asio::posix::stream_descriptor ended(executor_);
  boost::system::error_code error;
  ended.assign(::fcntl(pidfd, F_DUPFD_CLOEXEC, 3), error);
  if (!error) co_await ended.async_wait(asio::posix::descriptor_base::wait_read, kUseTuple);
  const auto end = service::CollectProcess(pidfd);
  co_return end.has_value() ? *end : service::ProcessEnd{.was_killed = false, .number = 1};
}

void Room::BecomeReady() {
  if (state_ != RoomState::kStarting) return;
  backoff_.BecameReady(std::chrono::steady_clock::now());
  SetState(RoomState::kReady);
  observer_->OnReady(spec_.name, pid());
}

asio::awaitable<void> Room::KillWhenNotReady(std::uint64_t life) {
  const auto deadline = std::chrono::steady_clock::now() + kReadyBudget;
  while (life == life_ && state_ == RoomState::kStarting) {
    asio::steady_timer timer(executor_, deadline);
    const auto woken = co_await (changed_->Wait() || timer.async_wait(kUseTuple));
    if (woken.index() == 1) break;
  }
  if (life == life_ && state_ == RoomState::kStarting && process_) {
    *last_line_ = "it was not ready within 60 s";
    service::KillProcess(process_->pidfd.get());
  }
}

asio::awaitable<void> Room::Pause(milliseconds pause) {
  const auto deadline = std::chrono::steady_clock::now() + pause;
  while (is_wanted_ && std::chrono::steady_clock::now() < deadline) {
    asio::steady_timer timer(executor_, deadline);
    co_await (changed_->Wait() || timer.async_wait(kUseTuple));
  }
}

asio::awaitable<void> Room::Stop(milliseconds budget) {
  is_wanted_ = false;
  if (!is_running_) {
    if (state_ != RoomState::kFailed) SetState(RoomState::kStopped);
    co_return;
  }
  const bool has_process = process_.has_value();
  SetState(RoomState::kStopping);
  if (has_process) {
    const auto deadline = std::chrono::steady_clock::now() + budget;
    const auto control = control_;
    // An answer is not needed; the end of the process is what counts. Before "ready" the room does
    // not answer at all, and hanging up is what makes it leave.
    const auto asked = co_await control->Call("control.stop", {}, budget);
    if (!asked.has_value()) control->Close();
    while (is_running_) {
      asio::steady_timer timer(executor_, deadline);
      const auto woken = co_await (changed_->Wait() || timer.async_wait(kUseTuple));
      if (woken.index() == 1 && process_) {
        service::KillProcess(process_->pidfd.get());
        break;
      }
    }
  }
  while (is_running_) co_await changed_->Wait();
}

void Room::Kill() {
  is_wanted_ = false;
  if (process_) service::KillProcess(process_->pidfd.get());
  changed_->Notify();
}

}  // namespace secai::supervisor

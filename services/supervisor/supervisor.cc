#include "supervisor/supervisor.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "base/log.h"
#include "base/strict_json.h"
#include "base/utf8.h"
#include "net/sockets.h"
#include "supervisor/links.h"
#include "supervisor/process_status.h"

namespace secai::supervisor {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;
using std::chrono::milliseconds;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
// How long a caller waits for a room that is just being started (again).
constexpr milliseconds kCalleeBudget{2000};
constexpr milliseconds kAcceptBudget{2000};
constexpr milliseconds kStopBudget{3000};
constexpr milliseconds kReportBudget{500};
constexpr int kHopelessRestarts = 3;

// What the kernel says about the process now; members it does not tell are left out.
void AddConfinement(pid_t pid, boost::json::object* entry) {
  const ProcessStatus status = ReadProcessStatus(pid);
  if (status.seccomp.has_value()) (*entry)["seccomp"] = *status.seccomp;
  if (status.no_new_privs.has_value()) (*entry)["no_new_privs"] = *status.no_new_privs;
}

std::string Joined(const std::vector<uid_t>& uids) {
  std::string text;
  for (const uid_t uid : uids) {
    if (!text.empty()) text += ',';
    text += std::to_string(uid);
  }
  return text;
}

}  // namespace

class Supervisor::OwnControl final : public net::Caller {
 public:
  explicit OwnControl(Supervisor* supervisor) : supervisor_(supervisor) {}

  asio::awaitable<Result<net::Message>> Call(std::string /*method*/, net::Message request,
                                             milliseconds /*budget*/) override {
    CO_TRY_ASSIGN(std::string room, GetString(request.body, "room", 64));
    co_return co_await supervisor_->MakeLink("supervisor", std::move(room));
  }
  asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(
      std::string /*method*/, net::Message /*request*/) override {
    co_return Fail(ErrorCode::kNotFound, "nothing streams here");
  }

 private:
  Supervisor* supervisor_;
};

Supervisor::Supervisor(asio::io_context* io, SupervisorConfig config, const Listeners* listeners,
                       std::shared_ptr<ServicesLog> log)
    : io_(io),
      config_(std::move(config)),
      listeners_(listeners),
      log_(std::move(log)),
      changed_(io->get_executor()),
      own_control_(std::make_unique<OwnControl>(this)),
      audit_(io->get_executor(), "audit", own_control_.get()),
      reporter_(io->get_executor(), &audit_) {
  for (const RoomSpec& spec : AllRooms()) {
    const std::string executable = config_.executable_folder + "/" + std::string(spec.name);
    if (::access(executable.c_str(), X_OK) == 0) AddRoom(spec);
  }
}

Supervisor::~Supervisor() = default;

void Supervisor::AddRoom(const RoomSpec& spec) {
  net::Handler* const control_handler = this;
  RoomObserver* const observer = this;
  rooms_.push_back(std::make_unique<Room>(
      io_->get_executor(), spec, [this, spec] { return Plan(spec); }, log_, control_handler,
      &changed_, observer));
}

Result<Room::Launch> Supervisor::Plan(const RoomSpec& spec) const {
  Room::Launch launch;
  launch.plan.executable = config_.executable_folder + "/" + std::string(spec.name);
  launch.plan.arguments = {"--root", config_.root};
  if (!spec.is_door) return launch;
  launch.plan.arguments.insert(
      launch.plan.arguments.end(),
      {"--port", std::to_string(listeners_->port), "--owner-uids", Joined(config_.owner_uids)});
  launch.plan.descriptors.emplace_back("http4", listeners_->ipv4.get());
  if (listeners_->ipv6.is_open()) {
    launch.plan.descriptors.emplace_back("http6", listeners_->ipv6.get());
  }
  launch.plan.descriptors.emplace_back("gateway.sock", listeners_->command_line.get());
  // A fresh one for each life: answers that its predecessor did not read would confuse it.
  auto sock_diag = net::OpenSockDiag();
  if (sock_diag.has_value()) {
    launch.plan.descriptors.emplace_back("sock_diag", sock_diag->get());
    launch.owned.push_back(*std::move(sock_diag));
  }
  return launch;
}

Room* Supervisor::Find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(rooms_, [name](const auto& room) { return room->spec().name == name; });
  return found == rooms_.end() ? nullptr : found->get();
}

bool Supervisor::AreReady(const std::vector<std::string_view>& names) const {
  return std::ranges::all_of(names, [this](std::string_view name) {
    const Room* const room = Find(name);
    return room == nullptr || room->state() == RoomState::kReady;  // Not built: not waited for.
  });
}

Room* Supervisor::FindHopeless() const {
  for (const auto& room : rooms_) {
    const bool is_hopeless =
        room->state() == RoomState::kFailed ||
        (room->state() == RoomState::kRestarting && room->restarts() >= kHopelessRestarts);
    if (is_hopeless) return room.get();
  }
  return nullptr;
}

asio::awaitable<void> Supervisor::RunRoom(Room* room) {
  while (!is_stopping_ && !AreReady(room->spec().needs)) co_await changed_.Wait();
  if (!is_stopping_) co_await room->Run();
}

asio::awaitable<Result<>> Supervisor::Start() {
  if (rooms_.empty()) {
    co_return Fail(ErrorCode::kNotFound, "no room's program is in " + config_.executable_folder);
  }
  reporter_.Report(
      audit::events::SupervisorStarted{.version = config_.version, .level = config_.level}
          .ToEvent());
  if (Find("audit") != nullptr) asio::co_spawn(*io_, reporter_.Run(), asio::detached);
  for (const auto& room : rooms_) asio::co_spawn(*io_, RunRoom(room.get()), asio::detached);
  const auto all_ready = [this] {
    return std::ranges::all_of(rooms_,
                               [](const auto& room) { return room->state() == RoomState::kReady; });
  };
  while (!all_ready() && !is_stopping_) {
    if (const Room* const room = FindHopeless(); room != nullptr) {
      co_return Fail(ErrorCode::kUnavailable, std::string(room->spec().name) + " does not start: " +
                                                  ReadableLine(room->last_line()));
    }
    co_await changed_.Wait();
  }
  if (is_stopping_) co_return Fail(ErrorCode::kUnavailable, "stopped before all was ready");
  co_return Ok();
}

void Supervisor::GiveUpStarting() {
  is_stopping_ = true;
  changed_.Notify();
}

asio::awaitable<void> Supervisor::Stop() {
  GiveUpStarting();
  for (auto room = rooms_.rbegin(); room != rooms_.rend(); ++room) {
    if ((*room)->spec().name == "audit" && (*room)->state() == RoomState::kReady) {
      reporter_.Report(audit::events::SupervisorStopped{.reason = "asked to stop"}.ToEvent());
      co_await reporter_.Drain(kReportBudget);
    }
    co_await (*room)->Stop(kStopBudget);
  }
}

void Supervisor::Kill() {
  is_stopping_ = true;
  for (const auto& room : rooms_) room->Kill();
}

asio::awaitable<Result<net::Message>> Supervisor::Handle(std::string peer, std::string method,
                                                         net::Message request,
                                                         net::ItemSink* /*items*/) {
  if (method == "control.ready") {
    if (Room* const room = Find(peer); room != nullptr) room->BecomeReady();
    co_return net::Message();
  }
  if (method == "control.link") {
    CO_TRY_ASSIGN(std::string callee, GetString(request.body, "room", 64));
    co_return co_await MakeLink(std::move(peer), std::move(callee));
  }
  if (method == "control.state") {
    if (peer != "gateway") co_return Fail(ErrorCode::kDenied, "control.state is the gateway's");
    co_return State();
  }
  co_return Fail(ErrorCode::kNotFound, "no method " + method);
}

asio::awaitable<Result<net::Message>> Supervisor::MakeLink(std::string caller, std::string callee) {
  const auto rule = FindLink(caller, callee);
  if (!rule.has_value()) {
    co_return Fail(ErrorCode::kDenied, caller + " may not call " + EscapeForDisplay(callee, 64));
  }
  const Room* const room = Find(callee);
  if (room == nullptr) {
    co_return Fail(ErrorCode::kUnavailable, callee + " is not part of this build");
  }
  const auto deadline = std::chrono::steady_clock::now() + kCalleeBudget;
  for (;;) {
    CO_TRY(co_await WaitUntilReady(*room, deadline));
    auto link = co_await Introduce(*room, *rule);
    // It may have ended a moment ago, and be on its way back.
    const bool may_come_back = !link.has_value() && link.error().code == ErrorCode::kUnavailable &&
                               std::chrono::steady_clock::now() < deadline && !is_stopping_;
    if (!may_come_back) co_return link;
    co_await WaitForChange(deadline);
  }
}

asio::awaitable<void> Supervisor::WaitForChange(std::chrono::steady_clock::time_point deadline) {
  asio::steady_timer timer(*io_, deadline);
  co_await (changed_.Wait() || timer.async_wait(kUseTuple));
}

asio::awaitable<Result<>> Supervisor::WaitUntilReady(
    const Room& room, std::chrono::steady_clock::time_point deadline) {
  while (room.state() != RoomState::kReady) {
    const bool is_hopeless = is_stopping_ || room.state() == RoomState::kFailed ||
                             std::chrono::steady_clock::now() >= deadline;
    if (is_hopeless) {
      co_return Fail(ErrorCode::kUnavailable,
                     std::string(room.spec().name) + " is " + std::string(StateName(room.state())));
    }
    co_await WaitForChange(deadline);
  }
  co_return Ok();
}

asio::awaitable<Result<net::Message>> Supervisor::Introduce(const Room& callee, LinkRule rule) {
  CO_TRY_ASSIGN(auto pair, net::MakeSocketPair());
  net::Message theirs;
  theirs.body["peer"] = rule.caller;
  theirs.body["max_frame_bytes"] = rule.max_frame_bytes;
  theirs.fds.push_back(std::move(pair.first));
  const std::shared_ptr<net::Link> control = callee.control();
  if (control == nullptr) co_return Fail(ErrorCode::kUnavailable, "it has just ended");
  CO_TRY(co_await control->Call("control.accept", std::move(theirs), kAcceptBudget));
  net::Message ours;
  ours.body["max_frame_bytes"] = rule.max_frame_bytes;
  ours.fds.push_back(std::move(pair.second));
  co_return ours;
}

net::Message Supervisor::State() const {
  boost::json::array rooms;
  for (const auto& room : rooms_) {
    boost::json::object entry;
    entry["name"] = room->spec().name;
    entry["state"] = StateName(room->state());
    entry["restarts"] = room->restarts();
    entry["pid"] = room->pid();
    AddConfinement(room->pid(), &entry);
    rooms.push_back(std::move(entry));
    // A room's spawner is its child; what the spawner started does the room's dangerous work.
    for (const pid_t spawner : ReadChildren(room->pid())) {
      for (const pid_t worker : ReadChildren(spawner)) {
        boost::json::object spawned;
        spawned["name"] = std::string(room->spec().name) + "-worker";
        spawned["state"] = "running";
        spawned["pid"] = worker;
        AddConfinement(worker, &spawned);
        rooms.push_back(std::move(spawned));
      }
    }
  }
  net::Message message;
  message.body["rooms"] = std::move(rooms);
  return message;
}

void Supervisor::OnReady(std::string_view room, pid_t pid) {
  reporter_.Report(
      audit::events::SupervisorRoomStarted{.room = std::string(room), .pid = pid}.ToEvent());
}

void Supervisor::OnExit(std::string_view room, pid_t pid, const service::ProcessEnd& end,
                        const std::string& what_next, const std::string& last_line) {
  const Room* const record = Find(room);
  reporter_.Report(audit::events::SupervisorRoomExited{
      .room = std::string(room), .how = end.Text(), .restarts = record->restarts()}
                       .ToEvent());
  if (is_stopping_) return;
  log::Warn("supervisor.room_exited",
            {{"room", room}, {"pid", pid}, {"end", end.Text()}, {"next", what_next}});
  std::string sentence = std::string(room) + " ended (" + end.Text() + "); " + what_next;
  if (!last_line.empty()) sentence += ". Its last words: " + ReadableLine(last_line);
  config_.tell(sentence);
}

std::string ReadableLine(const std::string& line) {
  const auto reason = [&]() -> Result<std::string> {
    TRY_ASSIGN(const boost::json::value value, ParseStrictJson(line));
    TRY_ASSIGN(const boost::json::object* entry, AsObject(value, "line"));
    TRY_ASSIGN(const boost::json::object* fields, GetObject(*entry, "fields"));
    return GetString(*fields, "reason");
  }();
  return EscapeForDisplay(reason.has_value() ? *reason : line);
}

}  // namespace secai::supervisor

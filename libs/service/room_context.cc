#include "service/room_context.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <fcntl.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/json_fields.h"
#include "base/log.h"
#include "net/sockets.h"
#include "service/folders.h"

namespace secai::service {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kReadyBudget{5000};
constexpr std::chrono::milliseconds kWindDownBudget{1500};  // Within the 2 s of a whole stop.
constexpr std::size_t kMaxPolicyBytes = std::size_t{1} << 20;
constexpr const char* kPolicyFolder = "etc/secure-ai/policy";

std::string What(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

RoomContext::RoomContext(std::string room, Arguments arguments, PassedDescriptors passed)
    : room_(std::move(room)), arguments_(std::move(arguments)), passed_(std::move(passed)) {}

Result<std::unique_ptr<RoomContext>> RoomContext::Create(std::string room, Arguments arguments,
                                                         PassedDescriptors passed) {
  std::unique_ptr<RoomContext> context(
      new RoomContext(std::move(room), std::move(arguments), std::move(passed)));
  TRY(context->Open());
  return context;
}

Result<> RoomContext::Open() {
  const std::string root = arguments_.Value("root");
  if (root.empty()) return Fail(ErrorCode::kInvalidArgument, "--root DIR is missing");
  root_ = UniqueFd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_.is_open()) return Fail(ErrorCode::kNotFound, "no such folder: " + root);
  auto policy_folder = OpenFolderBelow(root_.get(), kPolicyFolder, false);
  if (policy_folder.has_value()) {
    policy_folder_ = *std::move(policy_folder);
  } else if (policy_folder.error().code != ErrorCode::kNotFound) {
    return tl::unexpected(std::move(policy_folder).error().Wrap(kPolicyFolder));
  }

  auto control = passed_.Take("control");
  if (!control.has_value()) {
    return Fail(ErrorCode::kInvalidArgument,
                "no control link: rooms are started by `secai up`, not by hand");
  }
  for (const std::string& name : passed_.names()) {
    if (net::IsListening(passed_.Peek(name))) listener_names_.push_back(name);
  }

  boost::system::error_code error;
  signals_.add(SIGTERM, error);
  if (!error) signals_.add(SIGINT, error);
  net::Link::Socket socket(io_);
  if (!error) socket.assign(asio::local::stream_protocol(), control->get(), error);
  if (error) return Fail(ErrorCode::kInternal, "cannot start: " + error.message());
  (void)control->Release();  // The socket owns it now.
  net::LinkOptions options;
  options.peer = "supervisor";
  options.handler = this;
  control_ = net::Link::Start(std::move(socket), std::move(options));
  return Ok();
}

Result<UniqueFd> RoomContext::OpenFolder(std::string_view path, bool create) {
  return OpenFolderBelow(root_.get(), path, create);
}

Result<std::string> RoomContext::ReadPolicy() const {
  if (!policy_folder_.is_open()) {
    return Fail(ErrorCode::kNotFound, std::string(kPolicyFolder) + " does not exist");
  }
  return ReadSmallFile(policy_folder_.get(), "policy.yaml", kMaxPolicyBytes);
}

Result<UniqueFd> RoomContext::TakeListener(std::string_view name) {
  if (std::ranges::find(listener_names_, name) == listener_names_.end()) {
    return Fail(ErrorCode::kNotFound, "no listener named " + std::string(name) + " was passed");
  }
  return passed_.Take(name);
}

net::Caller& RoomContext::Room(std::string_view name) {
  if (name == "supervisor") return *control_;
  if (name == "supervisor") return *control_;
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    auto link = std::make_unique<RoomLink>(io_.get_executor(), std::string(name), control_.get());
    found = rooms_.emplace(name, std::move(link)).first;
  }
  return *found->second;
}

void RoomContext::Spawn(std::string_view name, asio::awaitable<void> work) {
  const auto task = tasks_.emplace(tasks_.end());
  task->name = name;
  asio::co_spawn(io_, std::move(work),
                 asio::bind_cancellation_slot(
                     task->cancellation.slot(), [this, task](const std::exception_ptr& thrown) {
                       if (thrown != nullptr && !outcome_.has_value()) {
                         log::Error("service.task_failed",
                                    {{"task", task->name}, {"reason", What(thrown)}});
                       }
                       task->is_over = true;
                       // Not here: the signal still holds the handler that runs now.
                       asio::post(io_, [this, task] { tasks_.erase(task); });
                     }));
}

Result<> RoomContext::Serve() {
  WaitForSignal();
  Spawn("control", AnnounceAndWatch());
  io_.run();
  if (!outcome_.has_value()) Finish(Fail(ErrorCode::kInternal, "the event loop ran dry"));
  WindDown();
  return *std::exchange(outcome_, std::nullopt);
}

asio::awaitable<void> RoomContext::AnnounceAndWatch() {
  auto told = co_await control_->Call("control.ready", {}, kReadyBudget);
  if (!told.has_value()) {
    Finish(tl::unexpected(std::move(told).error().Wrap("control.ready")));
    co_return;
  }
  co_await control_->WaitClosed();
  Finish(Fail(ErrorCode::kUnavailable, "the supervisor is gone"));
}

void RoomContext::WaitForSignal() {
  signals_.async_wait([this](const boost::system::error_code& error, int /*signal*/) {
    if (!error) Finish(Ok());
  });
}

void RoomContext::Finish(Result<> outcome) {
  if (outcome_.has_value()) return;
  outcome_.emplace(std::move(outcome));
  io_.stop();
}

// Gives what still runs a bounded time to end: tasks are cancelled, links hang up.
void RoomContext::WindDown() {
  io_.restart();
  // Inside the loop: cancellation that is asked for outside it is queued, and could arrive after
  // the coroutine it is meant for has gone.
  asio::post(io_, [this] { HangUp(); });
  const auto deadline = std::chrono::steady_clock::now() + kWindDownBudget;
  while (!tasks_.empty() && std::chrono::steady_clock::now() < deadline) {
    if (io_.run_one_until(deadline) == 0) break;
  }
  io_.poll();  // What hung up ends now, while the room's objects still live.
  for (const Task& task : tasks_) log::Warn("service.task_abandoned", {{"task", task.name}});
}

void RoomContext::HangUp() {
  signals_.cancel();
  const auto accepted = accepted_;
  for (const auto& link : accepted) link->Close();
  for (const auto& [name, link] : rooms_) link->Close();
  control_->Close();
  // A task is erased by a posted handler, so none goes away inside this loop.
  for (Task& task : tasks_) {
    if (!task.is_over) task.cancellation.emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<Result<net::Message>> RoomContext::Handle(std::string /*peer*/, std::string method,
                                                          net::Message request,
                                                          net::ItemSink* /*items*/) {
  if (method == "control.stop") {
    // Posted, so that the answer is in the socket before the loop stops.
    asio::post(io_, [this] { Finish(Ok()); });
    co_return net::Message();
  }
  if (method == "control.accept") {
    CO_TRY(Accept(&request));
    co_return net::Message();
  }
  co_return Fail(ErrorCode::kNotFound, "no method " + method);
}

Result<> RoomContext::Accept(net::Message* request) {
  net::LinkOptions options;
  TRY_ASSIGN(options.peer, GetString(request->body, "peer", 64));
  options.handler = handler_;
  TRY_ASSIGN(options.max_frame_bytes, MaxFrameBytes(*request));
  TRY_ASSIGN(net::Link::Socket socket, TakeSocket(io_.get_executor(), request));
  auto link = net::Link::Start(std::move(socket), std::move(options));
  Spawn("link", KeepUntilClosed(std::move(link)));
  return Ok();
}

asio::awaitable<void> RoomContext::KeepUntilClosed(std::shared_ptr<net::Link> link) {
  const auto position = accepted_.insert(accepted_.end(), link);
  co_await link->WaitClosed();
  accepted_.erase(position);
}

}  // namespace secai::service

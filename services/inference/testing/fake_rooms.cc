#include "inference/testing/fake_rooms.h"

#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/check.h"

namespace secai::inference::testing {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

net::Message Body(json::object body) {
  net::Message message;
  message.body = std::move(body);
  return message;
}

UniqueFd SealedMemory(std::uint64_t bytes) {
  UniqueFd memory(::memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CHECK(::ftruncate(memory.get(), static_cast<off_t>(bytes)) == 0);
  CHECK(::fcntl(memory.get(), F_ADD_SEALS,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0);
  return UniqueFd(
      ::open(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), O_RDONLY | O_CLOEXEC));
}

// Gives prepared items, then waits for permission, then a prepared end.
class ScriptedStream final : public net::ReplyStream {
 public:
  ScriptedStream(std::vector<json::object> items, Result<json::object> end,
                 std::function<std::optional<Error>()> may_end, net::Signal* changed)
      : items_(std::move(items)),
        end_(std::move(end)),
        may_end_(std::move(may_end)),
        changed_(changed) {}

  asio::awaitable<Result<std::optional<net::Message>>> Next(std::chrono::milliseconds) override {
    if (next_ < items_.size()) co_return std::optional<net::Message>(Body(items_[next_++]));
    while (true) {
      const std::optional<Error> state = may_end_();
      if (!state) break;
      if (!state->message.empty()) co_return tl::unexpected<Error>(*state);
      co_await changed_->Wait();
    }
    if (!end_.has_value()) co_return tl::unexpected<Error>(end_.error());
    reply_ = Body(*end_);
    co_return std::optional<net::Message>();
  }
  net::Message& reply() override { return reply_; }

 private:
  std::vector<json::object> items_;
  Result<json::object> end_;
  std::function<std::optional<Error>()>
      may_end_;  // Nothing: now; without message: wait; else: fails.
  net::Signal* changed_;
  std::size_t next_ = 0;
  net::Message reply_;
};

// What lives as long as anybody looks at it.
struct FakeProcess {
  WorkerScript* script = nullptr;
  bool has_ended = false;
  std::string ending;

  void End(std::string how) {
    if (has_ended) return;
    has_ended = true;
    ending = std::move(how);
    --script->running;
    script->changed->Notify();
  }
};

class FakeWorker final : public Worker, private net::Caller {
 public:
  explicit FakeWorker(std::shared_ptr<FakeProcess> process) : process_(std::move(process)) {}
  ~FakeWorker() override { process_->End("signal 9"); }

  net::Caller& calls() override { return *this; }
  void End() override { process_->End("signal 9"); }
  asio::awaitable<void> WaitClosed() override {
    const std::shared_ptr<FakeProcess> process = process_;
    while (!process->has_ended) co_await process->script->changed->Wait();
  }
  std::string ending() override { return process_->ending; }

 private:
  asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                             std::chrono::milliseconds) override {
    if (method == "worker.estimate") {
      const off_t bytes = ::lseek(request.fds.at(0).get(), 0, SEEK_END);
      co_return Body({{"file_bytes", bytes},
                      {"weights_bytes", bytes},
                      {"context_bytes", process_->script->context_bytes},
                      {"compute_bytes", 0},
                      {"context_tokens", request.body.at("context_tokens")}});
    }
    if (method == "worker.state" && !process_->script->is_responsive) {
      co_return Fail(ErrorCode::kUnavailable, "too slow");
    }
    co_return Body({{"count", 3}});
  }

  asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(std::string method,
                                                                  net::Message request) override {
    WorkerScript* const script = process_->script;
    const std::shared_ptr<FakeProcess> process = process_;
    const auto hung_up = [process]() -> std::optional<Error> {
      if (process->has_ended) return Error{ErrorCode::kUnavailable, "hung up"};
      return std::nullopt;
    };
    if (method == "worker.load") {
      const Result<json::object> loaded =
          script->load_fails ? Result<json::object>(Fail(ErrorCode::kInvalidArgument,
                                                         "the engine refused the model"))
                             : json::object{{"sequences", script->sequences},
                                            {"context_tokens", request.body.at("context_tokens")},
                                            {"threads", 2},
                                            {"peak_bytes", 5}};
      co_return std::make_unique<ScriptedStream>(std::vector<json::object>{{{"progress", 0.5}}},
                                                 loaded, hung_up, script->changed);
    }
    const auto may_end = [process, script]() -> std::optional<Error> {
      if (process->has_ended) return Error{ErrorCode::kUnavailable, "hung up"};
      if (!script->answers) return Error{};
      return std::nullopt;
    };
    co_return std::make_unique<ScriptedStream>(
        std::vector<json::object>{{{"started", true}, {"queue_ms", 1.0}}, {{"text", "hi"}}},
        json::object{{"finish_reason", "stop"},
                     {"timings", json::object{{"queue_ms", 1.0}, {"tokens_per_second", 7.0}}}},
        may_end, script->changed);
  }

  std::shared_ptr<FakeProcess> process_;
};

class FakeLentWorker final : public LentWorker {
 public:
  explicit FakeLentWorker(std::shared_ptr<FakeProcess> process) : process_(std::move(process)) {}
  ~FakeLentWorker() override { process_->End("signal 9"); }
  asio::awaitable<void> WaitEnded() override {
    while (!process_->has_ended) co_await process_->script->changed->Wait();
  }

 private:
  std::shared_ptr<FakeProcess> process_;
};

std::shared_ptr<FakeProcess> StartProcess(WorkerScript* script) {
  auto process = std::make_shared<FakeProcess>();
  process->script = script;
  ++script->started;
  ++script->running;
  script->end_last = [process] { process->End("signal 11"); };
  return process;
}

}  // namespace

void FakeRooms::Add(const std::string& sha256, std::string name, std::uint64_t bytes) {
  models_[sha256] = Entry{.name = std::move(name), .bytes = bytes};
}

asio::awaitable<Result<net::Message>> FakeRooms::Call(std::string method, net::Message request,
                                                      std::chrono::milliseconds) {
  if (method == "audit.record") {
    events.emplace_back(request.body.at("event").as_string());
    co_return Body({{"seq", events.size()}});
  }
  const auto found = models_.find(std::string_view(request.body.at("sha256").as_string()));
  if (found == models_.end()) co_return Fail(ErrorCode::kNotFound, "no such model");
  if (method == "registry.get") {
    co_return Body({{"model", json::object{{"name", found->second.name},
                                           {"size", found->second.bytes},
                                           {"status", status},
                                           {"runnable", is_runnable}}}});
  }
  ++opened;
  net::Message answer = Body({{"bytes", found->second.bytes}});
  answer.fds.push_back(SealedMemory(found->second.bytes));
  co_return answer;
}

asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> FakeRooms::Open(std::string,
                                                                           net::Message) {
  co_return Fail(ErrorCode::kNotFound, "no streams here");
}

Result<std::unique_ptr<Worker>> FakeLauncher::Launch() {
  return std::make_unique<FakeWorker>(StartProcess(script_));
}

Result<Loan> FakeLauncher::Lend() {
  return Loan{.socket = SealedMemory(1),
              .worker = std::make_unique<FakeLentWorker>(StartProcess(script_))};
}

}  // namespace secai::inference::testing

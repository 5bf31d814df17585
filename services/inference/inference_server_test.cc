#include "inference/inference_server.h"

#include <memory>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "inference/testing/fake_rooms.h"

namespace secai::inference {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using secai::testing::FailsWith;

const std::string kFirst(64, 'a');
const std::string kSecond(64, 'b');
const std::string kThird(64, 'c');
constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

// Collects the items of a call.
class Items final : public net::ItemSink {
 public:
  asio::awaitable<Result<>> Send(net::Message item) override {
    bodies.push_back(std::move(item.body));
    co_return Ok();
  }
  bool is_cancelled() const override { return false; }
  std::vector<json::object> bodies;
};

// A call that may still be running.
struct Pending {
  std::optional<Result<net::Message>> result;
  Items items;
  asio::cancellation_signal cancel;
};

class InferenceServerTest : public ::testing::Test {
 protected:
  InferenceServerTest() {
    script_.changed = &changed_;
    rooms_.Add(kFirst, "first", 10 * kMebibyte);
    rooms_.Add(kSecond, "second", 10 * kMebibyte);
    rooms_.Add(kThird, "third", 10 * kMebibyte);
    config_.memory_reserve_bytes = 0;
    config_.monitor_interval = std::chrono::milliseconds(50);
    options_ = {.executor = io_.get_executor(),
                .config = config_,
                .launcher = &launcher_,
                .registry = &rooms_,
                .audit = &rooms_,
                .memory = &memory_,
                .spawn = [this](std::string_view, asio::awaitable<void> work) {
                  asio::co_spawn(io_, std::move(work), [](const std::exception_ptr& thrown) {
                    if (thrown) std::rethrow_exception(thrown);
                  });
                }};
    models_ = std::make_unique<Models>(options_);
    server_ = std::make_unique<InferenceServer>(models_.get(), options_);
  }

  // Starts a call and runs all that can run.
  std::unique_ptr<Pending> Start(std::string method, json::object body,
                                 std::string peer = "gateway", std::vector<UniqueFd> fds = {}) {
    auto pending = std::make_unique<Pending>();
    net::Message request;
    request.body = std::move(body);
    request.fds = std::move(fds);
    asio::co_spawn(
        io_,
        server_->Handle(std::move(peer), std::move(method), std::move(request), &pending->items),
        asio::bind_cancellation_slot(
            pending->cancel.slot(),
            [pending = pending.get()](const std::exception_ptr& thrown, Result<net::Message> r) {
              if (!thrown) pending->result = std::move(r);
            }));
    Run();
    return pending;
  }
  Result<net::Message> Call(std::string method, json::object body, std::string peer = "gateway") {
    const auto pending = Start(std::move(method), std::move(body), std::move(peer));
    if (!pending->result) return Fail(ErrorCode::kInternal, "the call has not ended");
    return std::move(*pending->result);
  }
  void Run() {
    io_.restart();
    while (io_.poll_one() > 0) {
    }
  }
  std::unique_ptr<Pending> Generate(const std::string& sha256) {
    return Start(
        "inference.generate",
        {{"sha256", sha256}, {"request", json::object{{"prompt", "x"}, {"identity", "me"}}}});
  }
  json::object StateOf(const std::string& sha256) {
    const json::object states = models_->States();
    for (const json::value& state : states.at("models").as_array()) {
      if (state.at("sha256").as_string() == sha256) return state.as_object();
    }
    return {};
  }

  asio::io_context io_;
  net::Signal changed_{io_.get_executor()};
  testing::WorkerScript script_;
  testing::FakeLauncher launcher_{io_.get_executor(), &script_};
  testing::FakeRooms rooms_;
  testing::FakeMemory memory_;
  InferenceConfig config_;
  Models::Options options_;
  std::unique_ptr<Models> models_;
  std::unique_ptr<InferenceServer> server_;
};

TEST_F(InferenceServerTest, GeneratingLoadsTheModelAndStreamsTheAnswer) {
  const auto call = Generate(kFirst);
  ASSERT_TRUE(call->result);
  ASSERT_OK(*call->result);
  ASSERT_EQ(call->items.bodies.size(), 2U);
  EXPECT_EQ(call->items.bodies[0].at("started"), true);
  EXPECT_EQ(call->items.bodies[1].at("text"), "hi");
  EXPECT_EQ((*call->result)->body.at("finish_reason"), "stop");
  EXPECT_EQ(StateOf(kFirst).at("state"), "loaded");
  EXPECT_EQ(StateOf(kFirst).at("busy"), 0);
  EXPECT_EQ(rooms_.events, (std::vector<std::string>{"inference.loaded"}));
}

TEST_F(InferenceServerTest, SecondRequestUsesTheLoadedModel) {
  Generate(kFirst);
  Generate(kFirst);
  EXPECT_EQ(script_.started, 1);
  EXPECT_EQ(rooms_.opened, 1);
}

TEST_F(InferenceServerTest, RequestsForOneModelShareItsLoading) {
  script_.answers = false;
  const auto one = Generate(kFirst);
  const auto two = Generate(kFirst);
  EXPECT_EQ(script_.started, 1);
  EXPECT_EQ(StateOf(kFirst).at("busy"), 2);
}

TEST_F(InferenceServerTest, QueueHoldsItsLimitAndNotOneMore) {
  script_.answers = false;
  std::vector<std::unique_ptr<Pending>> calls;
  for (std::size_t i = 0; i < config_.sequences + config_.queue_limit; ++i) {
    calls.push_back(Generate(kFirst));
    EXPECT_FALSE(calls.back()->result);
  }
  EXPECT_EQ(StateOf(kFirst).at("queued"), config_.queue_limit);
  const auto refused = Generate(kFirst);
  ASSERT_TRUE(refused->result);
  EXPECT_TRUE(FailsWith(*refused->result, ErrorCode::kUnavailable, "queue is full"));
  // Another model has its own queue.
  EXPECT_FALSE(Generate(kSecond)->result);
}

TEST_F(InferenceServerTest, CallerThatLeavesFreesItsPlace) {
  script_.answers = false;
  const auto call = Generate(kFirst);
  EXPECT_EQ(StateOf(kFirst).at("busy"), 1);
  call->cancel.emit(asio::cancellation_type::terminal);
  Run();
  EXPECT_EQ(StateOf(kFirst).at("busy"), 0);
}

TEST_F(InferenceServerTest, CrashFailsItsRequestsAndTheNextOneStartsAnew) {
  script_.answers = false;
  const auto call = Generate(kFirst);
  script_.end_last();
  Run();
  ASSERT_TRUE(call->result);
  EXPECT_TRUE(FailsWith(*call->result, ErrorCode::kUnavailable, "process ended"));
  EXPECT_EQ(StateOf(kFirst).at("state"), "unloaded");
  EXPECT_EQ(StateOf(kFirst).at("error"), "its process ended with signal 11");
  EXPECT_EQ(rooms_.events.back(), "inference.worker_crashed");
  script_.answers = true;
  const auto next = Generate(kFirst);
  ASSERT_TRUE(next->result);
  EXPECT_OK(*next->result);
  EXPECT_EQ(script_.started, 2);
}

TEST_F(InferenceServerTest, ProcessThatAnswersNothingIsEnded) {
  script_.answers = false;
  const auto call = Generate(kFirst);
  script_.is_responsive = false;
  io_.restart();
  while (!call->result && io_.run_one() > 0) {
  }
  ASSERT_TRUE(call->result);
  EXPECT_TRUE(FailsWith(*call->result, ErrorCode::kUnavailable, "process ended"));
  EXPECT_EQ(script_.running, 0);
}

TEST_F(InferenceServerTest, ModelThatKeepsCrashingIsLeftAloneForAWhile) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(Call("inference.load", {{"sha256", kFirst}}));
    script_.end_last();
    Run();
  }
  EXPECT_TRUE(FailsWith(Call("inference.load", {{"sha256", kFirst}}), ErrorCode::kUnavailable,
                        "keeps ending"));
  EXPECT_EQ(script_.started, 3);
}

TEST_F(InferenceServerTest, OldestIdleModelGivesWayAtTheLimitOfModels) {
  Generate(kFirst);
  Generate(kSecond);
  Generate(kFirst);
  Generate(kThird);
  EXPECT_EQ(StateOf(kSecond).at("state"), "unloaded");
  EXPECT_EQ(StateOf(kFirst).at("state"), "loaded");
  EXPECT_EQ(StateOf(kThird).at("state"), "loaded");
  EXPECT_EQ(script_.running, 2);
}

TEST_F(InferenceServerTest, ModelInUseNeverGivesWay) {
  script_.answers = false;
  const auto one = Generate(kFirst);
  const auto two = Generate(kSecond);
  const auto three = Generate(kThird);
  ASSERT_TRUE(three->result);
  EXPECT_TRUE(FailsWith(*three->result, ErrorCode::kUnavailable, "in use"));
  EXPECT_EQ(script_.running, 2);
}

TEST_F(InferenceServerTest, ModelThatDoesNotFitMakesRoomAndElseIsRefusedWithNumbers) {
  // The host has 100 MiB; every running process takes 50.
  memory_.available = [this] {
    return (100 - 50 * static_cast<std::uint64_t>(script_.running)) * kMebibyte;
  };
  script_.context_bytes = 10 * kMebibyte;
  ASSERT_OK(Call("inference.load", {{"sha256", kFirst}}));
  rooms_.Add(kSecond, "second", 30 * kMebibyte);
  const auto second = Start("inference.load", {{"sha256", kSecond}});
  EXPECT_EQ(StateOf(kFirst).at("state"), "unloaded");
  rooms_.Add(kThird, "third", 60 * kMebibyte);
  const auto third = Start("inference.load", {{"sha256", kThird}});
  io_.restart();
  io_.run_for(std::chrono::seconds(10));
  ASSERT_TRUE(third->result);
  EXPECT_TRUE(FailsWith(*third->result, ErrorCode::kUnavailable, "not enough memory: 120 MiB"));
}

TEST_F(InferenceServerTest, FailedLoadTellsWhyAndLeavesNoProcess) {
  script_.load_fails = true;
  EXPECT_TRUE(FailsWith(Call("inference.load", {{"sha256", kFirst}}), ErrorCode::kUnavailable,
                        "the engine refused the model"));
  EXPECT_EQ(StateOf(kFirst).at("state"), "failed");
  EXPECT_EQ(script_.running, 0);
  EXPECT_EQ(rooms_.events, (std::vector<std::string>{"inference.load_failed"}));
}

TEST_F(InferenceServerTest, UnloadingEndsTheProcess) {
  ASSERT_OK(Call("inference.load", {{"sha256", kFirst}}));
  EXPECT_OK(Call("inference.unload", {{"sha256", kFirst}}));
  EXPECT_EQ(script_.running, 0);
  EXPECT_EQ(StateOf(kFirst).at("state"), "unloaded");
  EXPECT_EQ(rooms_.events.back(), "inference.unloaded");
  EXPECT_OK(Call("inference.unload", {{"sha256", kFirst}}));
}

TEST_F(InferenceServerTest, UnknownWithdrawnAndUnrunnableModelsAreRefused) {
  EXPECT_TRUE(
      FailsWith(Call("inference.load", {{"sha256", std::string(64, 'd')}}), ErrorCode::kNotFound));
  rooms_.is_runnable = false;
  EXPECT_TRUE(FailsWith(Call("inference.load", {{"sha256", kFirst}}), ErrorCode::kInvalidArgument));
  rooms_.status = "withdrawn";
  EXPECT_TRUE(FailsWith(Call("inference.load", {{"sha256", kFirst}}), ErrorCode::kDenied));
  EXPECT_EQ(script_.started, 0);
}

TEST_F(InferenceServerTest, BadRequestLoadsNothing) {
  const auto bad = Start("inference.generate", {{"sha256", kFirst}, {"request", json::object{}}});
  ASSERT_TRUE(bad->result);
  EXPECT_TRUE(FailsWith(*bad->result, ErrorCode::kInvalidArgument));
  EXPECT_TRUE(
      FailsWith(Call("inference.load", {{"sha256", "AB"}}), ErrorCode::kInvalidArgument, "sha256"));
  EXPECT_EQ(script_.started, 0);
}

TEST_F(InferenceServerTest, WatcherGetsAllStatesAtOnceAndThenEachChange) {
  const auto watch = Start("inference.watch", {});
  ASSERT_EQ(watch->items.bodies.size(), 1U);
  EXPECT_EQ(json::serialize(watch->items.bodies[0]), R"({"models":[]})");
  Call("inference.load", {{"sha256", kFirst}}).value();
  ASSERT_GT(watch->items.bodies.size(), 1U);
  EXPECT_EQ(watch->items.bodies.back().at("models").at(0).at("state"), "loaded");
}

TEST_F(InferenceServerTest, EstimateAsksAWorkerOnceAndLoadsNothing) {
  script_.context_bytes = 7 * kMebibyte;
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const net::Message answer,
                         Call("inference.estimate", {{"sha256", kFirst}}));
    EXPECT_EQ(answer.body.at("fits"), "fits");
    EXPECT_EQ(answer.body.at("weights_bytes"), 10 * kMebibyte);
    EXPECT_EQ(answer.body.at("context_bytes"), 7 * kMebibyte);
  }
  EXPECT_EQ(script_.started, 1);
  EXPECT_EQ(script_.running, 0);
  memory_.available = [] { return 15 * kMebibyte; };
  ASSERT_OK_AND_ASSIGN(const net::Message small, Call("inference.estimate", {{"sha256", kSecond}}));
  EXPECT_EQ(small.body.at("fits"), "no");
  EXPECT_EQ(rooms_.opened, 1);
}

TEST_F(InferenceServerTest, OnlyQuarantineMayProbeAndItMayNothingElse) {
  EXPECT_TRUE(
      FailsWith(Call("inference.probe", {{"sha256", kFirst}, {"name", "x"}}), ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(Call("inference.state", {}, "quarantine"), ErrorCode::kDenied));
}

UniqueFd Memory(std::uint64_t bytes, bool is_sealed) {
  UniqueFd memory(::memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::ftruncate(memory.get(), static_cast<off_t>(bytes)), 0);
  if (is_sealed) {
    EXPECT_EQ(::fcntl(memory.get(), F_ADD_SEALS,
                      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL),
              0);
  }
  return UniqueFd(::open(("/proc/self/fd/" + std::to_string(memory.get())).c_str(), O_RDONLY));
}

TEST_F(InferenceServerTest, ProbeIsAProcessOfItsOwnWithinItsLimits) {
  const auto probe = [&](std::uint64_t bytes, bool is_sealed) {
    std::vector<UniqueFd> fds;
    fds.push_back(Memory(bytes, is_sealed));
    return Start("inference.probe", {{"sha256", kFirst}, {"name", "x"}}, "quarantine",
                 std::move(fds));
  };
  EXPECT_TRUE(FailsWith(*probe(5, false)->result, ErrorCode::kCorrupt));
  const auto first = probe(5, true);
  ASSERT_OK(*first->result);
  EXPECT_EQ((*first->result)->body.at("bytes"), 5);
  EXPECT_EQ((*first->result)->fds.size(), 1U);
  EXPECT_EQ(json::serialize(models_->States()), R"({"models":[]})");  // Unlisted.
  const auto second = probe(5, true);
  ASSERT_OK(*second->result);
  EXPECT_TRUE(FailsWith(*probe(5, true)->result, ErrorCode::kUnavailable));
  script_.end_last();
  Run();
  EXPECT_OK(*probe(5, true)->result);
  memory_.available = [] { return std::uint64_t{8}; };
  EXPECT_TRUE(FailsWith(*probe(5, true)->result, ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace secai::inference

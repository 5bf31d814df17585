#include "quarantine/smoke/confined_smoke_stage.h"

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sys/mman.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "net/link.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Socket = asio::local::stream_protocol::socket;

enum class Behaviour : std::uint8_t { kHonest, kHangs, kDies, kRefusesTheModel, kTalksNonsense };

// The worker's side of docs/links.md, played by a script over a real link.
class FakeWorker final : public net::Handler {
 public:
  explicit FakeWorker(Behaviour behaviour) : behaviour_(behaviour) {}

  asio::awaitable<Result<net::Message>> Handle(std::string, std::string method,
                                               net::Message request,
                                               net::ItemSink* items) override {
    if (method == "worker.load") co_return co_await Load(std::move(request), items);
    EXPECT_EQ(method, "worker.generate");
    ++asked;
    const bool is_third = asked == 3;
    if (behaviour_ == Behaviour::kDies && is_third) {
      asio::post(co_await asio::this_coro::executor, [hung_up = link] { hung_up->Close(); });
    }
    if (is_third && (behaviour_ == Behaviour::kHangs || behaviour_ == Behaviour::kDies)) {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::minutes(5));
      co_await timer.async_wait(asio::use_awaitable);
    }
    if (behaviour_ == Behaviour::kTalksNonsense) {
      co_return net::Message{.body = {{"finish_reason", 7}}, .fds = {}};
    }
    CO_TRY(co_await items->Send({.body = {{"started", true}}, .fds = {}}));
    CO_TRY(co_await items->Send({.body = {{"reasoning", "Let me add. "}}, .fds = {}}));
    CO_TRY(co_await items->Send({.body = {{"text", "2 + 3 = "}}, .fds = {}}));
    CO_TRY(co_await items->Send({.body = {{"text", "5"}}, .fds = {}}));
    co_return net::Message{.body = {{"finish_reason", "stop"},
                                    {"usage", {{"prompt_tokens", 9}, {"completion_tokens", 4}}},
                                    {"timings", {{"decode_ms", 10.5}}}},
                           .fds = {}};
  }

  std::shared_ptr<net::Link> link;
  int asked = 0;
  std::string bytes;  // Of the model that it got.

 private:
  asio::awaitable<Result<net::Message>> Load(net::Message request, net::ItemSink* items) {
    EXPECT_EQ(request.fds.size(), 1U);
    std::array<char, 16> buffer = {};
    const auto count = ::pread(request.fds.at(0).get(), buffer.data(), buffer.size(), 0);
    bytes.assign(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    if (behaviour_ == Behaviour::kRefusesTheModel) {
      co_return Fail(ErrorCode::kInvalidArgument, "unknown architecture");
    }
    CO_TRY(co_await items->Send({.body = {{"progress", 0.5}}, .fds = {}}));
    co_return net::Message{
        .body = {{"has_template", true}, {"supports_tools", false}, {"engine", "test"}}, .fds = {}};
  }

  Behaviour behaviour_;
};

// The inference room: lends one worker, or none.
class FakeInference final : public net::Caller {
 public:
  FakeInference(asio::io_context* io, FakeWorker* worker) : io_(io), worker_(worker) {}

  asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                             milliseconds) override {
    EXPECT_EQ(method, "inference.probe");
    EXPECT_EQ(request.fds.size(), 1U);
    if (is_full) co_return Fail(ErrorCode::kUnavailable, "no memory to try the model");
    Socket ours(*io_);
    Socket theirs(*io_);
    asio::local::connect_pair(ours, theirs);
    net::LinkOptions options;
    options.peer = "quarantine";
    options.handler = worker_;
    worker_->link = net::Link::Start(std::move(ours), options);
    net::Message reply;
    reply.body = {{"bytes", 4}};
    reply.fds.emplace_back(theirs.release());
    co_return reply;
  }

  asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(std::string,
                                                                  net::Message) override {
    co_return Fail(ErrorCode::kInternal, "not used");
  }

  bool is_full = false;

 private:
  asio::io_context* io_;
  FakeWorker* worker_;
};

class ConfinedSmokeStageTest : public testing::Test {
 protected:
  Result<SmokeOutcome> Run(Behaviour behaviour, bool is_full = false) {
    asio::io_context io;
    FakeWorker worker(behaviour);
    FakeInference inference(&io, &worker);
    inference.is_full = is_full;
    SystemRandom random;
    ConfinedSmokeConfig config;
    config.time_box = milliseconds(2000);  // A hang is found after a quarter of it.
    ConfinedSmokeStage stage(io.get_executor(), &inference, &random, config);
    SmokeOrder order;
    order.name = "m.gguf";
    order.sha256 = std::string(64, 'a');
    order.memory = UniqueFd(::memfd_create("model", MFD_CLOEXEC));
    EXPECT_EQ(::write(order.memory.get(), "GGUF", 4), 4);
    Result<SmokeOutcome> outcome = Fail(ErrorCode::kInternal, "never finished");
    asio::co_spawn(io,
                   stage.Run(std::move(order),
                             [this](double part) {
                               EXPECT_GE(part, progress_);
                               progress_ = part;
                             }),
                   [&](const std::exception_ptr& thrown, Result<SmokeOutcome> result) {
                     EXPECT_EQ(thrown, nullptr);
                     outcome = std::move(result);
                   });
    io.run();
    if (worker.link != nullptr) EXPECT_FALSE(worker.link->is_open());  // The loan is given back.
    bytes_ = worker.bytes;
    worker.link.reset();
    return outcome;
  }

  void ExpectRefused(Behaviour behaviour, std::string_view rule) {
    const auto outcome = Run(behaviour);
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    EXPECT_FALSE(outcome->has_passed);
    ASSERT_EQ(outcome->findings.size(), 1U);
    EXPECT_EQ(outcome->findings[0].rule, rule) << outcome->detail;
  }

  double progress_ = 0;
  std::string bytes_;
};

TEST_F(ConfinedSmokeStageTest, LoadsTheModelIntoABorrowedWorkerAndQuestionsIt) {
  const auto outcome = Run(Behaviour::kHonest);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_TRUE(outcome->has_passed) << outcome->detail;
  EXPECT_EQ(bytes_, "GGUF");
  EXPECT_DOUBLE_EQ(progress_, 1);
  EXPECT_EQ(outcome->record.at("engine"), "test");
  EXPECT_GE(outcome->record.at("prompts").as_array().size(), 22U);
}

TEST_F(ConfinedSmokeStageTest, RefusesAModelThatHangsItsWorker) {
  ExpectRefused(Behaviour::kHangs, "B-HANG");
}

TEST_F(ConfinedSmokeStageTest, RefusesAModelThatKillsItsWorker) {
  ExpectRefused(Behaviour::kDies, "B-CRASH");
}

TEST_F(ConfinedSmokeStageTest, RefusesAModelThatTheEngineDoesNotLoad) {
  ExpectRefused(Behaviour::kRefusesTheModel, "B-LOAD");
}

TEST_F(ConfinedSmokeStageTest, RefusesAWorkerThatBreaksItsProtocol) {
  ExpectRefused(Behaviour::kTalksNonsense, "B-CRASH");
}

TEST_F(ConfinedSmokeStageTest, SaysUnavailableWhenNoWorkerCanBeHad) {
  const auto outcome = Run(Behaviour::kHonest, /*is_full=*/true);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace secai::quarantine

#include "audit/audit_server.h"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "audit/api/audit_client.h"
#include "audit/testing/writer_loop.h"
#include "base/testing/fake_clock.h"
#include "base/testing/result_matchers.h"
#include "net/link.h"
#include "storage/testing/memory_disk.h"

namespace secai::audit {
namespace {

namespace asio = boost::asio;
using secai::testing::FailsWith;
using std::chrono::seconds;

// The real server behind a real link; what is asked comes from `peer`.
class AuditServerTest : public ::testing::Test {
 protected:
  AuditServerTest() {
    loop_ = testing::WriterLoop::Open(disk_.root(), &clock_).value();
    loop_->Start();
    server_ = std::make_unique<AuditServer>(&loop_->writer(), disk_.root(), loop_->pool());
  }

  std::shared_ptr<net::Link> LinkOf(const std::string& peer) {
    net::Link::Socket ours(loop_->io());
    net::Link::Socket theirs(loop_->io());
    asio::local::connect_pair(ours, theirs);
    servers_.push_back(
        net::Link::Start(std::move(theirs), {.peer = peer, .handler = server_.get()}));
    return net::Link::Start(std::move(ours), {.peer = "audit"});
  }

  template <typename T>
  Result<T> Await(asio::awaitable<Result<T>> work) {
    std::optional<Result<T>> answer;
    asio::co_spawn(loop_->io(), std::move(work),
                   [&](const std::exception_ptr& thrown, Result<T> result) {
                     EXPECT_EQ(thrown, nullptr);
                     answer = std::move(result);
                   });
    loop_->io().restart();
    while (!answer.has_value()) loop_->io().run_one();
    return *std::move(answer);
  }

  Result<net::Message> Ask(const std::string& peer, const std::string& method,
                           boost::json::object body) {
    const auto link = LinkOf(peer);
    net::Message request;
    request.body = std::move(body);
    return Await(link->Call(method, std::move(request), seconds(10)));
  }

  storage::testing::MemoryDisk disk_;
  FakeClock clock_{Clock::TimePoint(std::chrono::milliseconds(1'000'000'000'007))};
  std::unique_ptr<testing::WriterLoop> loop_;
  std::unique_ptr<AuditServer> server_;
  std::vector<std::shared_ptr<net::Link>> servers_;
};

TEST_F(AuditServerTest, RecordsAndGivesBack) {
  const auto registry = LinkOf("registry");
  AuditClient client(registry.get());
  EXPECT_EQ(Await(client.Record(events::RegistryRemoved{.name = "m", .sha256 = "00"})).value(), 1U);
  const auto gateway = LinkOf("gateway");
  AuditClient reader(gateway.get());
  ASSERT_OK_AND_ASSIGN(const auto answer, Await(reader.Tail({.limit = 10}, seconds(10))));
  EXPECT_EQ(boost::json::serialize(answer),
            R"({"entries":[{"seq":1,"time":"2001-09-09T01:46:40.007Z","room":"registry",)"
            R"("event":"registry.removed","fields":{"name":"m","sha256":"00"}}],"last_seq":1})");
}

TEST_F(AuditServerTest, LetsNobodySpeakInAnothersName) {
  EXPECT_TRUE(FailsWith(
      Ask("gateway", "audit.record", {{"event", "registry.removed"}, {"fields", {{"a", 1}}}}),
      ErrorCode::kDenied, "its own events only"));
  EXPECT_EQ(loop_->writer().last_seq(), 0U);
}

TEST_F(AuditServerTest, LetsOnlyTheGatewayRead) {
  EXPECT_TRUE(FailsWith(Ask("registry", "audit.tail", {{"limit", 1}}), ErrorCode::kDenied));
  EXPECT_OK(Ask("gateway", "audit.tail", {{"limit", 1}}));
}

TEST_F(AuditServerTest, RefusesQuestionsThatAreNotOfTheForm) {
  constexpr ErrorCode kBad = ErrorCode::kInvalidArgument;
  EXPECT_TRUE(FailsWith(Ask("a", "audit.record", {{"event", "a.b"}}), kBad, "fields: missing"));
  EXPECT_TRUE(
      FailsWith(Ask("a", "audit.record", {{"event", "a b"}, {"fields", boost::json::object()}}),
                kBad, "room.past_participle"));
  EXPECT_TRUE(FailsWith(
      Ask("a", "audit.record", {{"event", "a.b"}, {"fields", boost::json::object()}, {"seq", 1}}),
      kBad, "seq: unknown member"));
  EXPECT_TRUE(FailsWith(Ask("gateway", "audit.tail", {{"limit", 0}}), kBad, "limit"));
  EXPECT_TRUE(FailsWith(Ask("gateway", "audit.tail", {{"limit", 1001}}), kBad, "limit"));
  EXPECT_TRUE(FailsWith(Ask("gateway", "audit.erase", {}), ErrorCode::kNotFound));
}

TEST_F(AuditServerTest, AnswersUnavailableWhenTheDiskIsFull) {
  disk_.SetFreeBytes(0);
  EXPECT_TRUE(
      FailsWith(Ask("a", "audit.record", {{"event", "a.b"}, {"fields", boost::json::object()}}),
                ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace secai::audit

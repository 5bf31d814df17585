#include "service/room_link.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "net/sockets.h"

namespace secai::service {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// The other room: answers "echo.name" with the generation it was made with, and never "echo.wait".
class EchoRoom final : public net::Handler {
 public:
  explicit EchoRoom(int generation) : generation_(generation) {}
  asio::awaitable<Result<net::Message>> Handle(std::string /*peer*/, std::string method,
                                               net::Message /*request*/,
                                               net::ItemSink* /*items*/) override {
    if (method == "echo.wait") {
      net::Signal never(co_await asio::this_coro::executor);
      co_await never.Wait();
    }
    net::Message answer;
    answer.body["generation"] = generation_;
    co_return answer;
  }

 private:
  int generation_;
};

// Stands in for the supervisor: each control.link starts the room anew.
class FakeSupervisor final : public net::Caller {
 public:
  explicit FakeSupervisor(asio::io_context* io) : io_(io) {}

  asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                             milliseconds /*budget*/) override {
    asked_.push_back(method + " " + std::string(request.body.at("room").as_string()));
    if (refusal_.has_value()) co_return tl::unexpected(*refusal_);
    auto pair = net::MakeSocketPair();
    if (!pair.has_value()) co_return tl::unexpected(pair.error());
    net::Message theirs;
    theirs.fds.push_back(std::move(pair->first));
    rooms_.push_back(std::make_unique<EchoRoom>(static_cast<int>(rooms_.size()) + 1));
    net::LinkOptions options;
    options.peer = "gateway";
    options.handler = rooms_.back().get();
    auto socket = TakeSocket(io_->get_executor(), &theirs);
    if (!socket.has_value()) co_return tl::unexpected(socket.error());
    link_ = net::Link::Start(*std::move(socket), std::move(options));
    net::Message answer;
    answer.body["max_frame_bytes"] = std::int64_t{1} << 20;
    answer.fds.push_back(std::move(pair->second));
    co_return answer;
  }
  asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(
      std::string /*method*/, net::Message /*request*/) override {
    co_return Fail(ErrorCode::kInternal, "the supervisor streams nothing");
  }

  void Refuse(Error error) { refusal_ = std::move(error); }
  void KillRoom() { link_->Close(); }
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  asio::io_context* io_;
  std::vector<std::string> asked_;
  std::vector<std::unique_ptr<EchoRoom>> rooms_;
  std::shared_ptr<net::Link> link_;
  std::optional<Error> refusal_;
};

class RoomLinkTest : public testing::Test {
 protected:
  // Asks and runs the loop until the answer is there, or `also` stops it.
  Result<net::Message> Ask(const std::string& method) {
    std::optional<Result<net::Message>> answer;
    StartAsking(method, &answer);
    RunUntil(&answer);
    return std::move(*answer);
  }

  void StartAsking(const std::string& method, std::optional<Result<net::Message>>* answer) {
    asio::co_spawn(io_, link_.Call(method, {}, milliseconds{5000}),
                   [answer](const std::exception_ptr& thrown, Result<net::Message> result) {
                     ASSERT_EQ(thrown, nullptr);
                     answer->emplace(std::move(result));
                   });
  }

  void RunUntil(std::optional<Result<net::Message>>* answer) {
    io_.restart();
    while (!answer->has_value()) ASSERT_EQ(io_.run_one_for(std::chrono::seconds{10}), 1U);
  }

  asio::io_context io_;
  FakeSupervisor supervisor_{&io_};
  RoomLink link_{io_.get_executor(), "echo", &supervisor_};
};

TEST_F(RoomLinkTest, ConnectsAtTheFirstCallAndKeepsTheLink) {
  EXPECT_TRUE(supervisor_.asked().empty());
  EXPECT_EQ(Ask("echo.name")->body.at("generation").as_int64(), 1);
  EXPECT_EQ(Ask("echo.name")->body.at("generation").as_int64(), 1);
  EXPECT_EQ(supervisor_.asked(), std::vector<std::string>{"control.link echo"});
}

TEST_F(RoomLinkTest, TwoCallsAtOnceShareOneLink) {
  std::optional<Result<net::Message>> first;
  std::optional<Result<net::Message>> second;
  StartAsking("echo.name", &first);
  StartAsking("echo.name", &second);
  RunUntil(&first);
  RunUntil(&second);
  EXPECT_TRUE(first->has_value() && second->has_value());
  EXPECT_EQ(supervisor_.asked().size(), 1U);
}

TEST_F(RoomLinkTest, AsksForANewLinkAfterTheRoomRestarted) {
  ASSERT_TRUE(Ask("echo.name").has_value());
  supervisor_.KillRoom();
  io_.restart();
  io_.poll();
  EXPECT_EQ(Ask("echo.name")->body.at("generation").as_int64(), 2);
}

TEST_F(RoomLinkTest, ACallInFlightAtARestartFailsAndIsNotRepeated) {
  std::optional<Result<net::Message>> answer;
  StartAsking("echo.wait", &answer);
  io_.restart();
  io_.poll();
  ASSERT_FALSE(answer.has_value());
  supervisor_.KillRoom();
  RunUntil(&answer);
  ASSERT_FALSE(answer->has_value());
  EXPECT_EQ(answer->error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(supervisor_.asked().size(), 1U);
}

TEST_F(RoomLinkTest, ARefusalOfTheSupervisorIsTheAnswer) {
  supervisor_.Refuse(Error{ErrorCode::kDenied, "no such link"});
  const auto answer = Ask("echo.name");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kDenied);
  EXPECT_EQ(answer.error().message, "no link to echo: no such link");
}

}  // namespace
}  // namespace secai::service

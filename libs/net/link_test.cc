#include "net/link.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace secai::net {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kLong(5000);

// Answers "echo", "count" (N items), "hang" (until cancelled), "throw" and "fd" (gives a descriptor
// back).
class TestRoom final : public Handler {
 public:
  asio::awaitable<Result<Message>> Handle(std::string peer, std::string method, Message request,
                                          ItemSink* items) override {
    last_peer = std::move(peer);
    if (method == "test.echo") co_return request;
    if (method == "test.throw") throw std::runtime_error("a bug");
    if (method == "test.count") co_return co_await Count(std::move(request), items);
    if (method == "test.close") {
      link_to_close->Close();
      co_return Message{};
    }
    if (method == "test.hang") {
      const Running running(&hanging);
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return Fail(ErrorCode::kNotFound, "unknown method");
  }

  std::string last_peer;
  std::shared_ptr<Link> link_to_close;
  int hanging = 0;

 private:
  struct Running {
    explicit Running(int* count) : count_(count) { ++*count_; }
    ~Running() { --*count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    int* count_;
  };

  static asio::awaitable<Result<Message>> Count(Message request, ItemSink* items) {
    const auto count = request.body.at("count").to_number<int>();
    const auto padding = request.body.at("padding").to_number<std::size_t>();
    for (int i = 0; i < count; ++i) {
      Message item;
      item.body["i"] = i;
      item.body["padding"] = std::string(padding, 'x');
      CO_TRY(co_await items->Send(std::move(item)));
    }
    co_return Message{};
  }
};

class LinkTest : public testing::Test {
 public:  // The coroutines of the tests are not members.
  LinkTest() {
    Link::Socket ours(io_);
    Link::Socket theirs(io_);
    asio::local::connect_pair(ours, theirs);
    link_ = Link::Start(std::move(ours), {.peer = "room", .max_buffered_item_bytes = 1 << 20});
    peer_ = Link::Start(std::move(theirs), {.peer = "caller", .handler = &room_, .max_calls = 4});
  }

  // Runs `work` to its end on the one thread.
  void Run(asio::awaitable<void> work) {
    bool is_done = false;
    asio::co_spawn(io_, std::move(work), [&](const std::exception_ptr& thrown) {
      EXPECT_EQ(thrown, nullptr);
      is_done = true;
    });
    io_.restart();
    while (!is_done && io_.run_one() > 0) {
    }
    EXPECT_TRUE(is_done);
  }

  asio::awaitable<Result<Message>> Ask(std::string method, Message request = {},
                                       milliseconds budget = kLong) {
    return link_->Call(std::move(method), std::move(request), budget);
  }

  asio::io_context io_;
  TestRoom room_;
  std::shared_ptr<Link> link_;
  std::shared_ptr<Link> peer_;
};

asio::awaitable<void> Pause(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

TEST_F(LinkTest, CarriesACallAndItsAnswer) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    Message request;
    request.body["text"] = std::string(300'000, 'a');  // More than a socket buffer holds.
    const auto expected = request.body;
    const auto answer = co_await test->Ask("test.echo", std::move(request));
    EXPECT_TRUE(answer.has_value());
    EXPECT_EQ(answer->body, expected);
    EXPECT_EQ(test->room_.last_peer, "caller");
  }(this));
}

TEST_F(LinkTest, CarriesTheErrorOfTheOtherRoom) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    const auto answer = co_await test->Ask("test.nothing");
    EXPECT_EQ(answer.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(answer.error().message, "unknown method");
  }(this));
}

TEST_F(LinkTest, TurnsAThrownExceptionIntoAnInternalErrorAndLivesOn) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    EXPECT_EQ((co_await test->Ask("test.throw")).error().code, ErrorCode::kInternal);
    EXPECT_TRUE((co_await test->Ask("test.echo")).has_value());
  }(this));
}

TEST_F(LinkTest, CarriesDescriptorsBothWays) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    Message request;
    request.fds.emplace_back(::memfd_create("test", MFD_CLOEXEC));
    EXPECT_EQ(::write(request.fds[0].get(), "hi", 2), 2);
    const auto answer = co_await test->Ask("test.echo", std::move(request));
    EXPECT_TRUE(answer.has_value() && answer->fds.size() == 1);
    char text[3] = {};
    EXPECT_EQ(::pread(answer->fds[0].get(), text, 2, 0), 2);
    EXPECT_STREQ(text, "hi");
  }(this));
}

TEST_F(LinkTest, StreamsItemsInOrderUnderBackPressure) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    Message request;
    request.body = {{"count", 200}, {"padding", 4000}};
    const auto stream = co_await test->link_->Open("test.count", std::move(request));
    for (int i = 0; i < 200; ++i) {
      const auto item = co_await (*stream)->Next(kLong);
      EXPECT_EQ((**item).body.at("i").to_number<int>(), i);
    }
    EXPECT_FALSE((co_await (*stream)->Next(kLong)).value().has_value());
    EXPECT_TRUE((*stream)->reply().body.empty());
  }(this));
}

TEST_F(LinkTest, EndsTheCallOfAReaderThatIsTooSlow) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    Message request;
    request.body = {{"count", 2000}, {"padding", 4000}};
    const auto stream = co_await test->link_->Open("test.count", std::move(request));
    co_await Pause(milliseconds(300));
    Result<std::optional<Message>> next = co_await (*stream)->Next(kLong);
    while (next.has_value() && next->has_value()) next = co_await (*stream)->Next(kLong);
    EXPECT_EQ(next.error().message, "the answer came faster than it was read");
    EXPECT_TRUE((co_await test->Ask("test.echo")).has_value());
  }(this));
}

TEST_F(LinkTest, CancelsTheHandlerWhenTheAnswerIsNoLongerWanted) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    const auto late = co_await test->Ask("test.hang", {}, milliseconds(20));
    EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(
        (co_await test->Ask("test.echo")).has_value());  // After the cancel on the same stream.
    co_await Pause(milliseconds(1));
    EXPECT_EQ(test->room_.hanging, 0);
  }(this));
}

TEST_F(LinkTest, FailsPendingAndLaterCallsAfterAHangUp) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    const auto stream = co_await test->link_->Open("test.hang", {});
    test->peer_->Close();
    EXPECT_EQ((co_await (*stream)->Next(kLong)).error().code, ErrorCode::kUnavailable);
    co_await test->link_->WaitClosed();
    EXPECT_EQ((co_await test->Ask("test.echo")).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(test->room_.hanging, 0);
  }(this));
}

TEST_F(LinkTest, LetsAHandlerCloseItsOwnLink) {
  room_.link_to_close = peer_;
  Run([](LinkTest* test) -> asio::awaitable<void> {
    EXPECT_EQ((co_await test->Ask("test.close")).error().code, ErrorCode::kUnavailable);
  }(this));
  room_.link_to_close.reset();
}

TEST_F(LinkTest, RefusesMoreCallsThanTheLimitAtOneTime) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    std::vector<std::unique_ptr<ReplyStream>> hanging;
    for (int i = 0; i < 4; ++i) {
      auto stream = co_await test->link_->Open("test.hang", {});
      hanging.push_back(*std::move(stream));
    }
    EXPECT_EQ((co_await test->Ask("test.echo")).error().message, "too many calls at one time");
    hanging.clear();
    EXPECT_TRUE((co_await test->Ask("test.echo")).has_value());
  }(this));
}

TEST_F(LinkTest, RefusesToSendAMessageOverTheFrameLimitAndLivesOn) {
  Run([](LinkTest* test) -> asio::awaitable<void> {
    Message request;
    request.body["text"] = std::string(kDefaultMaxFrameBytes, 'a');
    const auto answer = co_await test->Ask("test.echo", std::move(request));
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE((co_await test->Ask("test.echo")).has_value());
  }(this));
}

TEST(LinkProtocolTest, HangsUpOnAPeerThatBreaksTheProtocol) {
  for (const std::string_view bytes :
       {std::string_view("\xff\xff\xff\xff"), std::string_view("\0\0\0\2{}", 6),
        std::string_view("\0\0\0\x18{\"kind\":\"cancel\",\"id\":5}", 28)}) {
    asio::io_context io;
    Link::Socket ours(io);
    Link::Socket theirs(io);
    asio::local::connect_pair(ours, theirs);
    const auto link = Link::Start(std::move(ours), {.peer = "room"});
    asio::write(theirs, asio::buffer(bytes.data(), bytes.size()));
    io.run_for(std::chrono::seconds(5));
    EXPECT_FALSE(link->is_open());
  }
}

}  // namespace
}  // namespace secai::net

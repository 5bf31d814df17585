#include "http/server.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "http/sse.h"
#include "http/testing/raw_client.h"

namespace secai::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Fetch;
using testing::MakeRequest;
using testing::RawClient;

// Says in its destructor that work for a client has ended.
struct EndMark {
  explicit EndMark(std::atomic<int>* count) : ended(count) {}
  EndMark(const EndMark&) = delete;
  EndMark& operator=(const EndMark&) = delete;
  ~EndMark() { ++*ended; }
  std::atomic<int>* ended;
};

asio::awaitable<Result<>> NeverEnd(std::atomic<int>* started, std::atomic<int>* ended) {
  const EndMark mark(ended);
  ++*started;
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
  co_return Ok();
}

asio::awaitable<Result<>> WriteForever(StreamWriter* writer, std::string piece,
                                       std::atomic<int>* ended) {
  const EndMark mark(ended);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    CO_TRY(co_await writer->Write(piece));
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<Result<>> WriteTwoParts(StreamWriter* writer) {
  CO_TRY(co_await writer->Write("one "));
  CO_TRY(co_await writer->Write(""));
  co_return co_await writer->Write("two");
}

asio::awaitable<Result<>> FailHalfWay(StreamWriter* writer) {
  CO_TRY(co_await writer->Write("half"));
  co_return Fail(ErrorCode::kInternal, "no more");
}

class TestService final : public Service {
 public:
  std::atomic<int> started = 0;
  std::atomic<int> ended = 0;

  asio::awaitable<Response> Handle(Exchange* exchange) override {
    const Request& request = exchange->request();
    const std::string path = request.target.segments.empty() ? "" : request.target.segments[0];
    Response response = MakeResponse(200, "text/plain", path);
    if (path == "echo") {
      Result<std::string> body = co_await exchange->ReadBody(1000);
      if (!body.has_value()) {
        co_return Refuse(body.error().code == ErrorCode::kDenied ? 413 : 400, body.error().message);
      }
      response.body = *body;
    } else if (path == "count") {
      std::array<char, 7> piece = {};
      std::size_t total = 0;
      while (true) {
        const Result<std::size_t> got = co_await exchange->ReadSome(piece.data(), piece.size());
        if (!got.has_value()) co_return Refuse(400, got.error().message);
        if (*got == 0) break;
        total += *got;
      }
      response.body = std::to_string(total);
    } else if (path == "peer") {
      response.body =
          request.peer.uid.has_value() ? std::to_string(*request.peer.uid) : std::string("none");
    } else if (path == "throw") {
      throw std::runtime_error("a bug");
    } else if (path == "stream") {
      response.stream = [](StreamWriter* writer) { return WriteTwoParts(writer); };
    } else if (path == "half") {
      response.stream = [](StreamWriter* writer) { return FailHalfWay(writer); };
    } else if (path == "forever") {
      response.stream = [this](StreamWriter* writer) {
        return WriteForever(writer, "data: x\n\n", &ended);
      };
    } else if (path == "flood") {
      response.stream = [this](StreamWriter* writer) {
        return WriteForever(writer, std::string(1 << 20, 'a'), &ended);
      };
    } else if (path == "silent") {
      response.stream = [this](StreamWriter*) { return NeverEnd(&started, &ended); };
      response.heartbeat = std::string(kSsePing);
      response.heartbeat_interval = 5ms;
    } else if (path == "wait") {
      const Result<> done = co_await exchange->WhileConnected(NeverEnd(&started, &ended));
      response.status = done.has_value() ? 200 : 503;
    } else if (path == "header") {
      response.headers.push_back({.name = "X-Bad", .value = "a\r\nSet-Cookie: b"});
    }
    co_return response;
  }

  Response Refuse(int status, std::string_view reason) override {
    return MakeResponse(status, "text/plain", std::string(reason));
  }
};

// A server on a thread of its own, on a port that the kernel chose.
class ServerTest : public ::testing::Test {
 protected:
  void Start(const ServerLimits& limits = {}, OwnerPeer* owner_peer = nullptr) {
    server_ = std::make_unique<Server>(io_.get_executor(), &service_, owner_peer, limits);
    ASSERT_OK(server_->AddListener(testing::ListenOnLoopback(&port_)));
    thread_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { server_->Stop(); });
    thread_.join();  // Ends only when every connection has ended.
    EXPECT_EQ(server_->stats().open_connections, 0U);
  }
  // Waits until `count` has reached `wanted`.
  static bool Reaches(const std::atomic<int>& count, int wanted) {
    for (int i = 0; i < 4000 && count < wanted; ++i) std::this_thread::sleep_for(10ms);
    return count >= wanted;
  }

  TestService service_;
  asio::io_context io_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  Start();
  RawClient client(port_);
  for (int i = 0; i < 3; ++i) {
    client.Send(MakeRequest(port_, "GET", "/hello"));
    const auto response = client.Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->header("connection"), "keep-alive");
    EXPECT_EQ(response->header("x-content-type-options"), "nosniff");
    EXPECT_EQ(response->header("cache-control"), "no-store");
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "POST", "/echo", "first") + MakeRequest(port_, "GET", "/second") +
              MakeRequest(port_, "POST", "/echo", "third"));
  EXPECT_EQ(client.Receive()->body, "first");
  EXPECT_EQ(client.Receive()->body, "second");
  EXPECT_EQ(client.Receive()->body, "third");
}

TEST_F(ServerTest, ReadsChunkedBodiesByteByByte) {
  Start();
  RawClient client(port_);
  const std::string request =
      MakeRequest(port_, "POST", "/count", "", "Transfer-Encoding: chunked\r\n") +
      "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char c : request) client.Send({&c, 1});
  EXPECT_EQ(client.Receive()->body, "13");
  client.Send(MakeRequest(port_, "GET", "/next"));
  EXPECT_EQ(client.Receive()->body, "next");
}

TEST_F(ServerTest, BoundsBodiesOnBothSides) {
  Start();
  EXPECT_EQ(Fetch(port_, MakeRequest(port_, "POST", "/echo", std::string(1000, 'a'))).status, 200);
  EXPECT_EQ(Fetch(port_, MakeRequest(port_, "POST", "/echo", std::string(1001, 'a'))).status, 413);
  const std::string chunked =
      MakeRequest(port_, "POST", "/echo", "", "Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(Fetch(port_, chunked + "3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n").status,
            200);
  EXPECT_EQ(Fetch(port_, chunked + "3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n").status,
            413);
  EXPECT_EQ(Fetch(port_, chunked + "zz\r\n").status, 400);
}

TEST_F(ServerTest, AClientThatSendsALargeRefusedBodyStillGetsTheAnswer) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "POST", "/echo", std::string(2'000'000, 'a')));
  const auto response = client.Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(response->header("connection"), "close");
}

TEST_F(ServerTest, SaysContinueOnlyWhenTheBodyIsWanted) {
  Start();
  RawClient wanted(port_);
  const std::string head = "Expect: 100-continue\r\nContent-Length: 2\r\n";
  wanted.Send(MakeRequest(port_, "POST", "/echo", "", head));
  EXPECT_EQ(wanted.Receive()->status, 100);
  wanted.Send("ok");
  EXPECT_EQ(wanted.Receive()->body, "ok");
  RawClient unwanted(port_);
  unwanted.Send(MakeRequest(port_, "POST", "/other", "", head));
  const auto answer = unwanted.Receive();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("connection"), "close");  // The body may come or not: nobody can tell.
}

TEST_F(ServerTest, RefusesBrokenHeadsAndHangsUp) {
  ServerLimits limits;
  limits.max_header_bytes = 1000;
  Start(limits);
  const std::string host = "Host: a\r\n";
  EXPECT_EQ(Fetch(port_, "GET / HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(Fetch(port_, "GET / HTTP/1.1\n" + host).status, 400);
  EXPECT_EQ(Fetch(port_, "GET http://a/ HTTP/1.1\r\n" + host + "\r\n").status, 400);
  EXPECT_EQ(Fetch(port_, "GET / HTTP/1.1\r\n" + host + "X: " + std::string(1000, 'a')).status, 431);
  RawClient client(port_);
  client.Send("<script>alert(1)</script>\r\n\r\n");
  const auto response = client.Receive();
  EXPECT_EQ(response->status, 400);
  EXPECT_EQ(response->body.find("script"), std::string::npos);
  EXPECT_TRUE(client.IsAtEnd());
}

TEST_F(ServerTest, HeadHasTheFieldsOfGetAndNoBody) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "HEAD", "/hello"));
  EXPECT_EQ(client.Receive(true)->header("content-length"), "5");
  client.Send(MakeRequest(port_, "HEAD", "/silent"));  // Its producer must not run.
  EXPECT_EQ(client.Receive(true)->status, 200);
  client.Send(MakeRequest(port_, "GET", "/next"));
  EXPECT_EQ(client.Receive()->body, "next");
  EXPECT_EQ(service_.started, 0);
}

TEST_F(ServerTest, StreamsInChunksAndGoesOn) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "GET", "/stream"));
  const auto response = client.Receive();
  EXPECT_EQ(response->body, "one two");
  EXPECT_TRUE(response->is_whole);
  client.Send(MakeRequest(port_, "GET", "/next"));
  EXPECT_EQ(client.Receive()->body, "next");
}

TEST_F(ServerTest, AnOldClientGetsAStreamUntilTheConnectionEnds) {
  Start();
  RawClient client(port_);
  client.Send("GET /stream HTTP/1.0\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.Receive()->body, "one two");
}

TEST_F(ServerTest, AStreamThatFailsIsNotWhole) {
  Start();
  const auto response = Fetch(port_, MakeRequest(port_, "GET", "/half"));
  EXPECT_EQ(response.body, "half");
  EXPECT_FALSE(response.is_whole);
}

TEST_F(ServerTest, AnExceptionIsAnsweredWith500) {
  Start();
  EXPECT_EQ(Fetch(port_, MakeRequest(port_, "GET", "/throw")).status, 500);
  EXPECT_EQ(Fetch(port_, MakeRequest(port_, "GET", "/hello")).status, 200);
}

TEST_F(ServerTest, AHeaderThatWouldSplitTheAnswerIsLeftOut) {
  Start();
  const auto response = Fetch(port_, MakeRequest(port_, "GET", "/header"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("x-bad") + response.header("set-cookie"), "");
}

TEST_F(ServerTest, SilentStreamsGetHeartbeats) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "GET", "/silent"));
  EXPECT_NE(client.ReceiveUntil(": ping\n\n\r\n8\r\n: ping").find(": ping"), std::string::npos);
}

TEST_F(ServerTest, HangingUpCancelsTheWork) {
  Start();
  int expected = 0;
  for (const char* path : {"/silent", "/wait", "/forever"}) {
    RawClient client(port_);
    client.Send(MakeRequest(port_, "GET", path));
    if (path == std::string_view("/forever")) {
      client.ReceiveUntil("data: x");
    } else {
      EXPECT_TRUE(Reaches(service_.started, expected + 1));
    }
    expected % 2 == 0 ? client.Close() : client.Reset();
    EXPECT_TRUE(Reaches(service_.ended, ++expected)) << path;
  }
}

TEST_F(ServerTest, HangingUpIsSeenBehindAPipelinedRequest) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "GET", "/wait"));
  EXPECT_TRUE(Reaches(service_.started, 1));
  client.Send(MakeRequest(port_, "GET", "/next"));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(service_.ended, 0);
  client.Close();
  EXPECT_TRUE(Reaches(service_.ended, 1));
}

TEST_F(ServerTest, StoppingCancelsTheWork) {
  Start();
  RawClient client(port_);
  client.Send(MakeRequest(port_, "GET", "/wait"));
  EXPECT_TRUE(Reaches(service_.started, 1));
  TearDown();
  EXPECT_EQ(service_.ended, 1);
}

// One short budget a test: a busy machine must not run into another one.
TEST_F(ServerTest, AClientThatIsSlowWithItsHeadIsClosed) {
  ServerLimits limits;
  limits.header_budget = 20ms;
  Start(limits);
  RawClient silent(port_);
  EXPECT_TRUE(silent.IsAtEnd());
  RawClient slow(port_);
  slow.Send("GET / HT");
  EXPECT_TRUE(slow.IsAtEnd());
}

TEST_F(ServerTest, AnIdleClientIsClosedAfterItsAnswer) {
  ServerLimits limits;
  limits.idle_budget = 20ms;
  Start(limits);
  RawClient idle(port_);
  idle.Send(MakeRequest(port_, "GET", "/hello"));
  const auto answer = idle.Receive();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "hello");
  EXPECT_TRUE(idle.IsAtEnd());
}

TEST_F(ServerTest, ABodyThatStallsIsGivenUp) {
  ServerLimits limits;
  limits.read_budget = 20ms;
  Start(limits);
  RawClient stalled(port_);
  stalled.Send(MakeRequest(port_, "POST", "/count", "", "Content-Length: 5\r\n") + "ab");
  EXPECT_FALSE(stalled.Receive().has_value());  // The connection is closed, not waited for.
}

TEST_F(ServerTest, AClientThatTakesNothingIsClosed) {
  ServerLimits limits;
  limits.write_budget = 50ms;
  Start(limits);
  RawClient client(port_);
  client.Send(MakeRequest(port_, "GET", "/flood"));  // And reads nothing, until buffers are full.
  EXPECT_TRUE(Reaches(service_.ended, 1));
}

TEST_F(ServerTest, LimitsTheNumberOfConnections) {
  ServerLimits limits;
  limits.max_connections = 2;
  Start(limits);
  RawClient first(port_);
  RawClient second(port_);
  first.Send(MakeRequest(port_, "GET", "/a"));
  second.Send(MakeRequest(port_, "GET", "/b"));
  EXPECT_EQ(first.Receive()->body, "a");
  EXPECT_EQ(second.Receive()->body, "b");
  RawClient third(port_);
  EXPECT_TRUE(third.IsAtEnd());
  first.Close();
  bool is_served = false;
  for (int i = 0; i < 8000 && !is_served; ++i) {  // Until the server has seen it.
    is_served = Fetch(port_, MakeRequest(port_, "GET", "/c")).status == 200;
    if (!is_served) std::this_thread::sleep_for(5ms);
  }
  EXPECT_TRUE(is_served);
}

class FixedOwner final : public OwnerPeer {
 public:
  std::optional<std::uint32_t> Find(const SocketEndpoints&) override {
    ++asked;
    return uid;
  }
  std::optional<std::uint32_t> uid = 4711;
  std::atomic<int> asked = 0;
};

TEST_F(ServerTest, AsksForTheOwnerOnceBeforeAnyByte) {
  FixedOwner owner;
  Start({}, &owner);
  RawClient client(port_);
  EXPECT_TRUE(Reaches(owner.asked, 1));
  client.Send(MakeRequest(port_, "GET", "/peer") + MakeRequest(port_, "GET", "/peer"));
  EXPECT_EQ(client.Receive()->body, "4711");
  EXPECT_EQ(client.Receive()->body, "4711");
  EXPECT_EQ(owner.asked, 1);
}

TEST_F(ServerTest, LimitsTheConnectionsOfOneUser) {
  FixedOwner owner;
  ServerLimits limits;
  limits.max_connections_per_uid = 1;
  Start(limits, &owner);
  RawClient first(port_);
  first.Send(MakeRequest(port_, "GET", "/a"));
  EXPECT_EQ(first.Receive()->body, "a");
  RawClient second(port_);
  EXPECT_TRUE(second.IsAtEnd());
}

TEST_F(ServerTest, AUnixClientIsKnownByItsCredentials) {
  Start();
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;  // An abstract name: the kernel chooses it.
  socklen_t size = sizeof(sa_family_t);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  size = sizeof(address);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::atomic<int> added = 0;
  asio::post(io_, [&] {
    if (server_->AddListener(std::move(listener)).has_value()) ++added;
  });
  ASSERT_TRUE(Reaches(added, 1));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  RawClient client(std::move(socket));
  client.Send(MakeRequest(port_, "GET", "/peer"));
  EXPECT_EQ(client.Receive()->body, std::to_string(::getuid()));
}

TEST(ServerListenerTest, RefusesWhatDoesNotListen) {
  asio::io_context io;
  TestService service;
  Server server(io.get_executor(), &service, nullptr, {});
  EXPECT_FALSE(server.AddListener(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0))).has_value());
  EXPECT_FALSE(server.AddListener(UniqueFd()).has_value());
}

}  // namespace
}  // namespace secai::http

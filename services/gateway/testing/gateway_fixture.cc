#include "gateway/testing/gateway_fixture.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <utility>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/post.hpp>

namespace secai::gateway::testing {

namespace asio = boost::asio;

RunningGateway::RunningGateway(std::uint32_t owner_uid) {
  std::signal(SIGPIPE, SIG_IGN);  // As RunService() does: quarantine may close a pipe.
  config_.owner_uids = {owner_uid};
  events_ = std::make_unique<EventHub>(io_.get_executor());
  rooms_ = std::make_unique<FakeRooms>(io_.get_executor());
  net::Link::Socket ours(io_);
  net::Link::Socket theirs(io_);
  asio::local::connect_pair(ours, theirs);
  net::LinkOptions room_options;
  room_options.peer = "gateway";
  room_options.handler = rooms_.get();
  room_options.max_frame_bytes = net::kChatMaxFrameBytes;
  room_end_ = net::Link::Start(std::move(theirs), room_options);
  net::LinkOptions own_options;
  own_options.peer = "rooms";
  own_options.max_frame_bytes = net::kChatMaxFrameBytes;
  own_end_ = net::Link::Start(std::move(ours), own_options);
  parts_.rooms = {.supervisor = own_end_.get(),
                  .audit = own_end_.get(),
                  .registry = own_end_.get(),
                  .quarantine = own_end_.get(),
                  .inference = own_end_.get()};
  parts_.clock = &clock_;
  parts_.random = &random_;
  parts_.config = &config_;
  parts_.events = events_.get();
  parts_.metrics = &metrics_;
  refusals_ = std::make_unique<RefusalReporter>(io_.get_executor(), own_end_.get());
  parts_.refusals = refusals_.get();
  parts_.confinement_json =
      R"({"level":"full","kernel":"6.18","landlock_abi":7,"namespaces":true})";
  auto owner_peer = http::MakeSockDiagOwnerPeer(
      UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)));
  if (!owner_peer.has_value()) std::abort();
  owner_peer_ = *std::move(owner_peer);
  service_ = std::make_unique<GatewayService>(&parts_);
  server_ = std::make_unique<http::Server>(io_.get_executor(), service_.get(), owner_peer_.get(),
                                           http::ServerLimits{});
  service_->SetServer(server_.get());
  if (!server_->AddListener(http::testing::ListenOnLoopback(&port_)).has_value()) std::abort();
  thread_ = std::thread([this] { io_.run(); });
}

RunningGateway::~RunningGateway() {
  Do([this] {
    server_->Stop();
    own_end_->Close();
    room_end_->Close();
  });
  // Followers of events never end: they go with the loop, while all that they use is alive.
  Eventually([this] { return server_->stats().open_connections == 0; });
  io_.stop();
  thread_.join();
}

void RunningGateway::Do(const std::function<void()>& work) {
  std::promise<void> done;
  asio::post(io_, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void RunningGateway::FollowRooms() {
  using Source = EventHub::Source;
  Do([this] {
    constexpr std::chrono::milliseconds kPause{5};
    for (const Source source : {Source::kClaims, Source::kModels, Source::kRegistry}) {
      asio::co_spawn(io_, events_->Follow(source, own_end_.get(), kPause), asio::detached);
    }
  });
}

void RunningGateway::ReportRefusals() {
  Do([this] { asio::co_spawn(io_, refusals_->Run(), asio::detached); });
}

void RunningGateway::CutLinks() {
  Do([this] { room_end_->Close(); });
}

http::testing::RawResponse RunningGateway::Ask(std::string_view method, std::string_view path,
                                               std::string_view body,
                                               std::string_view more_headers) {
  return http::testing::Fetch(port_,
                              http::testing::MakeRequest(port_, method, path, body, more_headers));
}

bool Eventually(const std::function<bool()>& is_true) {
  for (int i = 0; i < 8000 && !is_true(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return is_true();
}

}  // namespace secai::gateway::testing

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "gateway/gateway_service.h"
#include "gateway/parts.h"
#include "gateway/testing/fake_rooms.h"
#include "http/server.h"
#include "http/testing/raw_client.h"
#include "net/link.h"

namespace secai::gateway::testing {

// A whole gateway on 127.0.0.1 at a port of the kernel's choice, in a thread of its own, in front
// of FakeRooms that it reaches over real links. Clients of this process are the owner, as the
// kernel says.
class RunningGateway {
 public:
  explicit RunningGateway(std::uint32_t owner_uid = ::getuid());
  ~RunningGateway();
  RunningGateway(const RunningGateway&) = delete;
  RunningGateway& operator=(const RunningGateway&) = delete;

  std::uint16_t port() const { return port_; }
  FakeRooms& rooms() { return *rooms_; }
  Config& config() { return config_; }
  Parts& parts() { return parts_; }

  // Runs `work` on the gateway's thread and waits for it.
  void Do(const std::function<void()>& work);
  // Follows the rooms' watches, as main() does.
  void FollowRooms();
  // Sends refusals to the audit log, as main() does.
  void ReportRefusals();
  // The link to all rooms breaks.
  void CutLinks();

  // One request with our Host on a new connection; `path` may hold a query.
  http::testing::RawResponse Ask(std::string_view method, std::string_view path,
                                 std::string_view body = "", std::string_view more_headers = "");

 private:
  boost::asio::io_context io_;
  FakeClock clock_{Clock::TimePoint(std::chrono::milliseconds(1'700'000'000'000))};
  SystemRandom random_;
  Config config_;
  Metrics metrics_;
  std::unique_ptr<EventHub> events_;
  std::unique_ptr<FakeRooms> rooms_;
  std::shared_ptr<net::Link> room_end_;
  std::shared_ptr<net::Link> own_end_;
  std::unique_ptr<RefusalReporter> refusals_;
  Parts parts_;
  std::unique_ptr<http::OwnerPeer> owner_peer_;
  std::unique_ptr<GatewayService> service_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Waits up to 40 s until `is_true`.
bool Eventually(const std::function<bool()>& is_true);

}  // namespace secai::gateway::testing

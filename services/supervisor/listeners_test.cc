#include "supervisor/listeners.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"
#include "net/sockets.h"

namespace secai::supervisor {
namespace {

TEST(ListenersTest, AFreePortIsFreeOnBothAddresses) {
  const TempDir run;
  std::vector<std::string> notes;
  const auto listeners =
      BindListeners(0, run.fd(), [&](const std::string& note) { notes.push_back(note); });
  ASSERT_TRUE(listeners.has_value()) << listeners.error().message;
  EXPECT_TRUE(net::IsListening(listeners->ipv4.get()));
  EXPECT_TRUE(net::IsListening(listeners->command_line.get()));
  EXPECT_EQ(net::IsListening(listeners->ipv6.get()), notes.empty());
  EXPECT_EQ(listeners->Url(), "http://127.0.0.1:" + std::to_string(listeners->port));
}

TEST(ListenersTest, APortInUseOnEitherAddressStopsTheStart) {
  for (const auto family : {net::LoopbackFamily::kIpv4, net::LoopbackFamily::kIpv6}) {
    const auto stranger = net::ListenOnLoopback(family, 0);
    if (!stranger.has_value() && stranger.error().code == ErrorCode::kNotFound) continue;
    ASSERT_TRUE(stranger.has_value()) << stranger.error().message;
    const std::uint16_t port = *net::BoundPort(stranger->get());
    const TempDir run;
    const auto listeners = BindListeners(port, run.fd(), [](const std::string& /*note*/) {});
    ASSERT_FALSE(listeners.has_value());
    EXPECT_EQ(listeners.error().code, ErrorCode::kUnavailable);
    const std::string address = family == net::LoopbackFamily::kIpv4 ? "127.0.0.1" : "::1";
    EXPECT_EQ(listeners.error().message,
              "port " + std::to_string(port) + " is in use on " + address +
                  " by another program; stop that program, or choose another port with --port N");
  }
}

}  // namespace
}  // namespace secai::supervisor

#include "net/sockets.h"

#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace secai::net {
namespace {

TEST(SocketsTest, TakesAFreePortAndRefusesItASecondTime) {
  auto first = ListenOnLoopback(LoopbackFamily::kIpv4, 0);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_TRUE(IsListening(first->get()));
  const auto port = BoundPort(first->get());
  ASSERT_TRUE(port.has_value());
  EXPECT_NE(*port, 0);

  const auto second = ListenOnLoopback(LoopbackFamily::kIpv4, *port);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST(SocketsTest, TheTwoFamiliesShareAPortNumber) {
  auto ipv4 = ListenOnLoopback(LoopbackFamily::kIpv4, 0);
  ASSERT_TRUE(ipv4.has_value());
  auto ipv6 = ListenOnLoopback(LoopbackFamily::kIpv6, *BoundPort(ipv4->get()));
  if (!ipv6.has_value() && ipv6.error().code == ErrorCode::kNotFound) {
    GTEST_SKIP() << "this host has no IPv6: " << ipv6.error().message;
  }
  EXPECT_TRUE(ipv6.has_value()) << ipv6.error().message;
}

TEST(SocketsTest, AConnectedPairDoesNotListen) {
  const auto pair = MakeSocketPair();
  ASSERT_TRUE(pair.has_value());
  EXPECT_FALSE(IsListening(pair->first.get()));
  EXPECT_EQ(::write(pair->first.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(pair->second.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

class UnixSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = "/tmp/secai-net-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
    folder_ = UniqueFd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(folder_.is_open());
  }
  void TearDown() override {
    ::unlink((path_ + "/door.sock").c_str());
    ::rmdir(path_.c_str());
  }

  std::string path_;
  UniqueFd folder_;
};

TEST_F(UnixSocketTest, IsOpenToItsOwnerOnly) {
  const auto listener = ListenOnUnixSocket(folder_.get(), "door.sock");
  ASSERT_TRUE(listener.has_value()) << listener.error().message;
  struct stat status = {};
  ASSERT_EQ(::fstatat(folder_.get(), "door.sock", &status, 0), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_TRUE(ConnectToUnixSocket(folder_.get(), "door.sock").has_value());
}

TEST_F(UnixSocketTest, ReplacesAStaleSocket) {
  {
    ASSERT_TRUE(ListenOnUnixSocket(folder_.get(), "door.sock").has_value());
  }
  const auto dead = ConnectToUnixSocket(folder_.get(), "door.sock");
  ASSERT_FALSE(dead.has_value());
  EXPECT_EQ(dead.error().code, ErrorCode::kUnavailable);

  const auto listener = ListenOnUnixSocket(folder_.get(), "door.sock");
  ASSERT_TRUE(listener.has_value()) << listener.error().message;
  EXPECT_TRUE(ConnectToUnixSocket(folder_.get(), "door.sock").has_value());
}

}  // namespace
}  // namespace secai::net

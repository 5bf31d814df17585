#include "net/blocking_link.h"

#include <array>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace secai::net {
namespace {

class BlockingLinkTest : public testing::Test {
 protected:
  BlockingLinkTest() {
    std::array<int, 2> ends = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    left_.emplace(UniqueFd(ends[0]));
    right_.emplace(UniqueFd(ends[1]));
  }

  static Envelope Item(std::string text) {
    Envelope item;
    item.kind = Envelope::Kind::kItem;
    item.id = 1;
    item.message.body["text"] = std::move(text);
    return item;
  }

  std::optional<BlockingLink> left_;
  std::optional<BlockingLink> right_;
};

TEST_F(BlockingLinkTest, CarriesEnvelopesInOrder) {
  EXPECT_TRUE(left_->Send(Item("one")).has_value());
  EXPECT_TRUE(left_->Send(Item("two")).has_value());
  EXPECT_EQ(right_->Receive().value().message.body.at("text"), "one");
  EXPECT_EQ(right_->Receive().value().message.body.at("text"), "two");
}

TEST_F(BlockingLinkTest, CarriesADescriptor) {
  Envelope item = Item("with a pipe");
  std::array<int, 2> ends = {-1, -1};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  item.message.fds.emplace_back(ends[1]);
  EXPECT_TRUE(left_->Send(std::move(item)).has_value());
  const Envelope received = right_->Receive().value();
  ASSERT_EQ(received.message.fds.size(), 1U);
  EXPECT_EQ(::write(received.message.fds[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 1);
}

TEST_F(BlockingLinkTest, ReportsAHangUpOnBothSides) {
  left_.reset();
  EXPECT_EQ(right_->Receive().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(right_->Send(Item("late")).error().code, ErrorCode::kUnavailable);
}

TEST_F(BlockingLinkTest, RefusesToSendOverTheLimitAndGoesOn) {
  EXPECT_EQ(left_->Send(Item(std::string(kDefaultMaxFrameBytes, 'x'))).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(left_->Send(Item("small")).has_value());
  EXPECT_EQ(right_->Receive().value().message.body.at("text"), "small");
}

}  // namespace
}  // namespace secai::net

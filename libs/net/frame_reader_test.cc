#include "net/frame_reader.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fcntl.h>

#include <gtest/gtest.h>

namespace secai::net {
namespace {

constexpr std::size_t kMaxBytes = 64;
const std::string kHello = MakeFrame(R"({"kind":"hello","version":1})");
const std::string kCancel = MakeFrame(R"({"kind":"cancel","id":5})");

class FrameReaderTest : public testing::Test {
 protected:
  void Feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto space = reader_.space();
      const std::size_t count = std::min(space.size(), bytes.size());
      std::copy_n(bytes.data(), count, space.data());
      reader_.Filled(count);
      bytes.remove_prefix(count);
    }
  }

  FrameReader reader_{kMaxBytes};
};

TEST_F(FrameReaderTest, GivesNothingUntilAFrameIsWhole) {
  const std::string bytes = kHello + kCancel;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    Feed(std::string_view(bytes).substr(i, 1));
    EXPECT_FALSE(reader_.Next().value().has_value());
  }
  Feed(std::string_view(bytes).substr(bytes.size() - 1));
  EXPECT_EQ(reader_.Next().value()->id, 5U);
}

TEST_F(FrameReaderTest, LeavesTheNextFrameInTheStream) {
  Feed(kHello + kCancel + kCancel);
  EXPECT_TRUE(reader_.Next().value().has_value());
  EXPECT_TRUE(reader_.Next().value().has_value());
  EXPECT_FALSE(reader_.Next().value().has_value());
}

TEST_F(FrameReaderTest, RefusesAStreamThatDoesNotBeginWithHello) {
  Feed(kCancel);
  EXPECT_FALSE(reader_.Next().has_value());
}

TEST_F(FrameReaderTest, RefusesASecondHello) {
  Feed(kHello + kHello);
  EXPECT_FALSE(reader_.Next().has_value());
}

TEST_F(FrameReaderTest, RefusesALengthOverTheLimitBeforeTheBodyArrives) {
  Feed(kHello);
  EXPECT_TRUE(reader_.Next().has_value());
  Feed(std::string_view("\0\0\0\x40", 4));
  EXPECT_TRUE(reader_.Next().has_value());
  FrameReader other(kMaxBytes);
  reader_ = std::move(other);
  Feed(std::string_view("\0\0\0\x41", 4));
  EXPECT_EQ(reader_.Next().error().message, "frame of 65 bytes");
}

TEST_F(FrameReaderTest, RefusesAMessageWithoutItsDescriptors) {
  Feed(kHello + MakeFrame(R"({"kind":"item","id":1,"fds":1,"body":{}})"));
  EXPECT_FALSE(reader_.Next().has_value());
}

TEST_F(FrameReaderTest, GivesEachMessageItsDescriptors) {
  reader_.fds()->emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Feed(kHello + MakeFrame(R"({"kind":"item","id":1,"fds":1,"body":{}})"));
  EXPECT_EQ(reader_.Next().value()->message.fds.size(), 1U);
  EXPECT_TRUE(reader_.fds()->empty());
}

TEST_F(FrameReaderTest, RefusesAHeapOfDescriptorsThatBelongToNothing) {
  for (std::size_t i = 0; i <= 4 * kMaxMessageFds; ++i) {
    reader_.fds()->emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  Feed(kHello);
  EXPECT_FALSE(reader_.Next().has_value());
}

}  // namespace
}  // namespace secai::net

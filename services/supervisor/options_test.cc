#include "supervisor/options.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace secai::supervisor {
namespace {

using Uids = std::vector<uid_t>;

Result<Options> Parse(std::map<std::string, std::string, std::less<>> values) {
  service::Arguments arguments;
  arguments.values = std::move(values);
  return ParseOptions(arguments);
}

TEST(OptionsTest, HasTheDocumentedDefaults) {
  const auto options = Parse({{"root", "/srv/secai"}});
  ASSERT_TRUE(options.has_value()) << options.error().message;
  EXPECT_EQ(options->root, "/srv/secai");
  EXPECT_EQ(options->port, 8480);
  EXPECT_EQ(options->action, Options::Action::kRun);
}

TEST(OptionsTest, APortLeavesRoomForItsNeighbours) {
  EXPECT_EQ(Parse({{"root", "/r"}, {"port", "1034"}})->port, 1034);
  EXPECT_EQ(Parse({{"root", "/r"}, {"port", "65525"}})->port, 65525);
  EXPECT_EQ(Parse({{"root", "/r"}, {"port", "0"}})->port, 0);
  for (const char* bad : {"1033", "65526", "-1", "8480x", "", "70000"}) {
    EXPECT_FALSE(Parse({{"root", "/r"}, {"port", bad}}).has_value()) << bad;
  }
}

TEST(OptionsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(Parse({}).has_value());
  EXPECT_FALSE(Parse({{"root", "relative"}}).has_value());
  EXPECT_FALSE(Parse({{"root", "/r"}, {"action", "panic"}}).has_value());
  EXPECT_FALSE(Parse({{"root", "/r"}, {"rooot", "/r"}}).has_value());
}

TEST(OwnerUidsTest, UnderSudoTheCallerOwnsTheSystemToo) {
  EXPECT_EQ(OwnerUids(0, "1000"), (Uids{0, 1000}));
  EXPECT_EQ(OwnerUids(0, std::nullopt), (Uids{0}));
  EXPECT_EQ(OwnerUids(0, "0"), (Uids{0}));
  EXPECT_EQ(OwnerUids(0, "-1"), (Uids{0}));
  EXPECT_EQ(OwnerUids(0, "1000 1001"), (Uids{0}));
}

TEST(OwnerUidsTest, AnOrdinaryUserCannotNameAnother) {
  EXPECT_EQ(OwnerUids(1000, "1001"), (Uids{1000}));
}

}  // namespace
}  // namespace secai::supervisor

#include "supervisor/services_log.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"

namespace secai::supervisor {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ServicesLogTest : public testing::Test {
 protected:
  TempDir folder_;
  FakeClock clock_{Clock::TimePoint{}};
};

TEST_F(ServicesLogTest, KeepsJsonAsItIsAndWrapsTheRest) {
  auto log = ServicesLog::Open(folder_.fd(), &clock_);
  ASSERT_TRUE(log.has_value()) << log.error().message;
  log->Write("audit", R"({"event":"audit.ready"})");
  log->Write("audit", "terminate called \x1b[31m");
  EXPECT_EQ(
      TextOf(folder_ / "services.log"),
      "{\"event\":\"audit.ready\"}\n"
      "{\"time\":\"1970-01-01T00:00:00.000Z\",\"room\":\"audit\",\"level\":\"error\","
      "\"event\":\"service.said\",\"fields\":{\"line\":\"terminate called \\\\u{1b}[31m\"}}\n");
}

TEST_F(ServicesLogTest, GrowsToItsLimitAndKeepsOneOldFile) {
  auto log = ServicesLog::Open(folder_.fd(), &clock_, 100);
  ASSERT_TRUE(log.has_value());
  const std::string line = "{\"a\":\"" + std::string(40, 'x') + "\"}";  // 49 bytes with its end.
  for (int i = 0; i < 5; ++i) log->Write("audit", line);
  EXPECT_EQ(TextOf(folder_ / "services.log"), line + "\n");
  EXPECT_EQ(TextOf(folder_ / "services.log.1"), line + "\n" + line + "\n");
}

TEST_F(ServicesLogTest, GoesOnWhereTheLastProcessEnded) {
  std::ofstream(folder_ / "services.log") << "{}\n";
  auto log = ServicesLog::Open(folder_.fd(), &clock_, 6);
  log->Write("audit", "{}");
  EXPECT_EQ(TextOf(folder_ / "services.log"), "{}\n{}\n");
  log->Write("audit", "{}");
  EXPECT_EQ(TextOf(folder_ / "services.log"), "{}\n");
}

TEST(LineCutterTest, CutsAtLineEndsAndAtTheLimit) {
  LineCutter cutter;
  std::vector<std::size_t> sizes;
  const auto take = [&](std::string_view line) { sizes.push_back(line.size()); };
  cutter.Push("ab\n\nc", take);
  cutter.Push("d\n", take);
  cutter.Push(std::string(LineCutter::kMaxLineBytes + 1, 'x'), take);
  cutter.Finish(take);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, LineCutter::kMaxLineBytes, 1}));
}

}  // namespace
}  // namespace secai::supervisor

#include "quarantine/scanner/pickle_walk.h"

#include <string>

#include <gtest/gtest.h>

#include "quarantine/scanner/pickle_names.h"
#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine {
namespace {

using testing::Bytes;
using testing::FromHexText;
using testing::FromText;

TEST(PickleWalkTest, FindsTheImportOfEveryProtocol) {
  for (const std::string_view hex : testing::kEvilPickles) {
    const PickleReport report = WalkPickle(FromHexText(hex));
    EXPECT_TRUE(report.is_stopped) << hex;
    EXPECT_TRUE(report.has_call) << hex;
    ASSERT_EQ(report.imports.size(), 1U) << hex;
    EXPECT_EQ(report.imports[0].module + "." + report.imports[0].name, "posix.system") << hex;
  }
}

TEST(PickleWalkTest, PlainDataHasNoImportAndNoCall) {
  const PickleReport report = WalkPickle(FromHexText(testing::kPlainPickle));
  EXPECT_TRUE(report.is_stopped);
  EXPECT_FALSE(report.has_call);
  EXPECT_TRUE(report.imports.empty());
}

TEST(PickleWalkTest, ComputedNamesAreUnknown) {
  // int 1, int 2, STACK_GLOBAL, STOP: operands that are not strings.
  const PickleReport report = WalkPickle(FromHexText("80044b014b02932e"));
  ASSERT_EQ(report.imports.size(), 1U);
  EXPECT_EQ(report.imports[0].module, "?");
}

TEST(PickleWalkTest, ImportsStandWhenTheEndIsBroken) {
  // GLOBAL os.system, then REDUCE without operands: the import would have happened.
  const PickleReport report = WalkPickle(FromText("cos\nsystem\nR."));
  EXPECT_FALSE(report.is_stopped);
  EXPECT_EQ(report.imports.size(), 1U);
}

TEST(PickleWalkTest, CutPickleIsCutNotBroken) {
  Bytes bytes = FromHexText(testing::kEvilPickles[4]);
  bytes.resize(bytes.size() - 1);
  EXPECT_TRUE(WalkPickle(bytes).is_cut);
  bytes.resize(bytes.size() - 12);
  EXPECT_TRUE(WalkPickle(bytes).is_cut);
}

TEST(PickleWalkTest, RefusesWhatNoPickleMachineWouldRun) {
  for (const std::string_view text :
       {"", "R.", "0.", "(0.", "e.", "g7\n.", "\xff.", "\x80\x06N.", "."}) {
    EXPECT_FALSE(WalkPickle(FromText(text)).is_stopped) << text;
  }
}

TEST(PickleWalkTest, StopsAtItsLimits) {
  const Bytes deep(20'000, ']');
  EXPECT_EQ(WalkPickle(deep).opcodes, PickleLimits().max_depth + 1);
  EXPECT_EQ(WalkPickle(deep, {.max_opcodes = 100}).opcodes, 100U);
}

TEST(PickleNamesTest, JudgesByFamilyExactly) {
  EXPECT_EQ(JudgeImport("os", "system").verdict, ImportVerdict::kMalicious);
  EXPECT_EQ(JudgeImport("os.path", "join").verdict, ImportVerdict::kMalicious);
  EXPECT_EQ(JudgeImport("__builtin__", "eval").family, "runs code");
  EXPECT_EQ(JudgeImport("builtins", "eval.__call__").verdict, ImportVerdict::kMalicious);
  EXPECT_EQ(JudgeImport("oscillator", "system").verdict, ImportVerdict::kUnknown);
  EXPECT_EQ(JudgeImport("OS", "system").verdict, ImportVerdict::kUnknown);
  EXPECT_EQ(JudgeImport("collections", "OrderedDict").verdict, ImportVerdict::kClear);
  EXPECT_EQ(JudgeImport("collections", "Counter").verdict, ImportVerdict::kUnknown);
  EXPECT_EQ(JudgeImport("torch._utils", "_rebuild_tensor_v2").verdict, ImportVerdict::kClear);
  EXPECT_EQ(JudgeImport("torch", "load").verdict, ImportVerdict::kMalicious);
  EXPECT_EQ(JudgeImport("?", "?").verdict, ImportVerdict::kUnknown);
}

TEST(PickleNamesTest, DescribesTheWorstImport) {
  PickleReport report;
  report.imports = {{"collections", "OrderedDict", 0}, {"a\x1b[0m", "b", 0}};
  EXPECT_EQ(DescribeImports(report), "it imports a\\u{1b}[0m.b, which is not known to be harmless");
  report.imports.push_back({"socket", "socket", 0});
  EXPECT_EQ(DescribeImports(report), "it imports socket.socket, which uses the network");
  report.imports = {{"collections", "OrderedDict", 0}};
  EXPECT_EQ(DescribeImports(report), std::nullopt);
}

}  // namespace
}  // namespace secai::quarantine

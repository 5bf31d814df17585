#include "secai/scan_file.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

const json::object kReport = {
    {"verdict", "refuse"},
    {"sha256", "ab"},
    {"bytes", 12},
    {"seconds", 0.5},
    {"findings",
     {{{"stage", 2}, {"rule", "G-R9"}, {"class", "review"}, {"reason", "odd"}},
      {{"stage", 5},
       {"rule", "E-1"},
       {"class", "gate"},
       {"offset", 24},
       {"reason", "ELF inside"}}}}};

TEST(ScanFileTest, TheFirstFindingThatDecidesIsTheReason) {
  EXPECT_EQ(*VerdictOfReport("a.gguf", kReport), (json::object{{"path", "a.gguf"},
                                                               {"verdict", "refuse"},
                                                               {"stage", 5},
                                                               {"rule", "E-1"},
                                                               {"offset", 24},
                                                               {"reason", "ELF inside"},
                                                               {"sha256", "ab"},
                                                               {"bytes", 12},
                                                               {"seconds", 0.5}}));
  json::object review = kReport;
  review["verdict"] = "review";
  EXPECT_EQ(VerdictOfReport("a", review)->at("rule").as_string(), "G-R9");
}

TEST(ScanFileTest, APassHasNoReason) {
  json::object pass = kReport;
  pass["verdict"] = "pass";
  EXPECT_TRUE(VerdictOfReport("a", pass)->at("rule").is_null());
}

TEST(ScanFileTest, AReportWithoutAVerdictIsNoReport) {
  EXPECT_FALSE(VerdictOfReport("a", {{"verdict", "fine"}}).has_value());
  EXPECT_FALSE(VerdictOfReport("a", {}).has_value());
}

TEST(ScanFileTest, AScannerThatDiesRefusesTheFile) {
  const TempDir folder;
  const std::string path = folder / "model.gguf";
  std::ofstream(path) << "GGUF";
  const auto verdict = ScanFile("/bin/false", path, {}, [](int, double) {});
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->at("verdict").as_string(), "refuse");
  EXPECT_EQ(verdict->at("rule").as_string(), "scanner");
}

TEST(ScanFileTest, WhatIsNoFileIsAnError) {
  EXPECT_FALSE(ScanFile("/bin/true", "/nonexistent", {}, [](int, double) {}).has_value());
  EXPECT_FALSE(ScanFile("/bin/true", "/dev/zero", {}, [](int, double) {}).has_value());
}

}  // namespace
}  // namespace secai::cli

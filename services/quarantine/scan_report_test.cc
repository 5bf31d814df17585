#include "quarantine/scan_report.h"

#include <functional>
#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace secai::quarantine {
namespace {

namespace json = boost::json;

json::object GoodReport() {
  return json::parse(R"({"verdict":"pass","format":"gguf","sha256":")" + std::string(64, 'a') +
                     R"(","bytes":10,"seconds":0.5,
      "stages":[{"number":2,"result":"PASS","detail":"GGUF v3"},{"number":3,"result":"PASS","detail":""},
                {"number":5,"result":"PASS","detail":""},{"number":7,"result":"SKIP","detail":""}],
      "findings":[{"stage":5,"rule":"W-2","class":"report","reason":"repeats"}],
      "facts":{"architecture":"llama","has_template":true}})")
      .as_object();
}

TEST(ScanReportTest, ReadsAGoodReport) {
  const auto report = ParseScanReport(GoodReport());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->format, "gguf");
  EXPECT_TRUE(report->has_template);
  EXPECT_EQ(report->stages.at(4).findings.at(0).rule, "W-2");
}

struct BadCase {
  const char* why;
  std::function<void(json::object*)> change;
};

// A scanner that was taken over must not be able to say these things.
TEST(ScanReportTest, RefusesContradictionsAndHostileText) {
  const std::vector<BadCase> cases = {
      {"a gate in a stage that passed",
       [](json::object* o) { o->at("findings").as_array()[0].as_object()["class"] = "gate"; }},
      {"a failed stage without a gate",
       [](json::object* o) { o->at("stages").as_array()[0].as_object()["result"] = "FAIL"; }},
      {"no format gate", [](json::object* o) { o->at("stages").as_array().clear(); }},
      {"no static scan",
       [](json::object* o) {
         o->at("stages").as_array().erase(o->at("stages").as_array().begin() + 2);
       }},
      {"a stage twice",
       [](json::object* o) {
         o->at("stages").as_array().push_back(o->at("stages").as_array()[0]);
       }},
      {"a stage of another room",
       [](json::object* o) { o->at("stages").as_array()[0].as_object()["number"] = 6; }},
      {"no digest", [](json::object* o) { (*o)["sha256"] = "ABC"; }},
      {"another format", [](json::object* o) { (*o)["format"] = "pickle"; }},
      {"a rule id with spaces",
       [](json::object* o) { o->at("findings").as_array()[0].as_object()["rule"] = "W 2"; }},
  };
  for (const BadCase& bad : cases) {
    json::object report = GoodReport();
    bad.change(&report);
    EXPECT_FALSE(ParseScanReport(report).has_value()) << bad.why;
  }
}

TEST(ScanReportTest, EscapesControlCharactersInReasons) {
  json::object report = GoodReport();
  report["findings"].as_array()[0].as_object()["reason"] = "\x1b[31mred";
  EXPECT_EQ(ParseScanReport(report)->stages.at(4).findings.at(0).reason, "\\u{1b}[31mred");
}

}  // namespace
}  // namespace secai::quarantine

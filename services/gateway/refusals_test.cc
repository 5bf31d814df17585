#include "gateway/refusals.h"

#include <chrono>
#include <string>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "gateway/testing/gateway_fixture.h"

namespace secai::gateway {
namespace {

using namespace std::chrono_literals;

const RefusalCounter::TimePoint kStart{1000s};

TEST(RefusalCounterTest, TellsTheFirstAtOnceAndTheRestOnceAMinute) {
  RefusalCounter counter;
  EXPECT_EQ(counter.NextDue(kStart), std::nullopt);
  counter.Add("r", "uid 1");
  EXPECT_EQ(counter.NextDue(kStart), kStart);
  const auto first = counter.TakeDue(kStart);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].who, "uid 1");
  EXPECT_EQ(first[0].count, 1U);
  for (int i = 0; i < 1000; ++i) counter.Add("r", "uid 1");
  EXPECT_EQ(counter.NextDue(kStart + 1s), kStart + 60s);
  EXPECT_TRUE(counter.TakeDue(kStart + 60s - 1ns).empty());
  const auto second = counter.TakeDue(kStart + 60s);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].count, 1000U);
}

TEST(RefusalCounterTest, KindsAreToldApartAndBounded) {
  RefusalCounter counter;
  counter.Add("a", "uid 1");
  counter.Add("b", "uid 1");
  EXPECT_EQ(counter.TakeDue(kStart).size(), 2U);
  for (std::size_t i = 0; i < RefusalCounter::kMaxKinds * 2; ++i) {
    counter.Add("a", "uid " + std::to_string(100 + i));
  }
  std::uint64_t count = 0;
  const auto due = counter.TakeDue(kStart + 1s);
  for (const auto& event : due) count += event.count;
  EXPECT_LE(due.size(), RefusalCounter::kMaxKinds + 1);
  EXPECT_EQ(count, RefusalCounter::kMaxKinds * 2);
  EXPECT_TRUE(counter.TakeDue(kStart + 120s).empty());  // And all places are free again.
  counter.Add("c", "uid 7");
  EXPECT_EQ(counter.TakeDue(kStart + 121s).front().who, "uid 7");
}

TEST(RefusalReporterTest, ARefusalIsInTheAuditLogWithoutTheClientsText) {
  testing::RunningGateway gateway;
  gateway.ReportRefusals();
  EXPECT_EQ(gateway.Ask("GET", "/api/models", "", "Origin: http://evil.example\r\n").status, 403);
  ASSERT_TRUE(testing::Eventually([&] {
    std::size_t count = 0;
    gateway.Do([&] { count = gateway.rooms().records.size(); });
    return count == 1;
  }));
  const boost::json::object& record = gateway.rooms().records.front();
  EXPECT_EQ(record.at("event"), "gateway.request_refused");
  EXPECT_EQ(record.at("fields").at("reason"), "a page of another origin may not ask");
  EXPECT_EQ(record.at("fields").at("who").as_string(),
            "uid " + std::to_string(::getuid()) + ", browser");
}

}  // namespace
}  // namespace secai::gateway

#include "quarantine/scanner/inflate.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "quarantine/scanner/checksums.h"
#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine {
namespace {

using End = InflateReport::End;
using testing::Bytes;
using testing::FromHexText;
using testing::FromText;

// zlib 1.2.13, level 9, one dynamic block: "line N of a text that repeats itself\n", N = 0 ... 59.
constexpr std::string_view kDynamic =
    "8dd5bb4d43411086d19c2ab604761e3ccab9c15ab674852dbc01e5232ae0e45f7434fae7bc7dadf13aee9771"
    "8cbd7ef6d8d7638feff558c77e8edb7eaef3f272fe4553a29028252a895aa23789de25fa90e893308d9ccc27"
    "a14f529fc43ec97d12fc24f949f493ec83ecc3ee9dec83ec83ec83ec83ec83ec83ec83ec93ec93ecd3c686ec"
    "93ec93ec93ec93ec93ec93ec8bec8bec8beccb969eec8bec8bec8bec8bec8bec9bec9bec9bec9becdbde2cd9"
    "37d937d937d9f77ff6bf";

std::string TextOf(const InflateReport& report) { return {report.out.begin(), report.out.end()}; }

TEST(InflateTest, ReadsFixedCodes) {
  const auto report = InflateHead(FromHexText("cb48cdc9c957c840900000"), 1000);
  // zlib 1.2.13 with Z_FIXED; one byte of tail that does not belong to it.
  EXPECT_EQ(TextOf(report), "hello hello hello");
  EXPECT_EQ(report.end, End::kComplete);
}

TEST(InflateTest, ReadsDynamicCodes) {
  std::string expected;
  for (int i = 0; i < 60; ++i) {
    expected += "line " + std::to_string(i) + " of a text that repeats itself\n";
  }
  const auto whole = InflateHead(FromHexText(kDynamic), 10'000);
  EXPECT_EQ(whole.end, End::kComplete);
  EXPECT_EQ(TextOf(whole), expected);
  const auto cut = InflateHead(FromHexText(kDynamic.substr(0, kDynamic.size() / 2)), 10'000);
  EXPECT_EQ(cut.end, End::kShort);
  EXPECT_TRUE(expected.starts_with(TextOf(cut)));
}

TEST(InflateTest, StopsWhenEnoughCameOut) {
  const auto report = InflateHead(FromHexText("cb48cdc9c957c8409000"), 5);
  EXPECT_EQ(TextOf(report), "hello");
  EXPECT_EQ(report.end, End::kFull);
}

TEST(InflateTest, ReadsStoredBlocks) {
  const Bytes gzip = testing::MakeGzip(FromText("stored"));
  const std::size_t begin = GzipHeaderBytes(gzip);
  EXPECT_EQ(begin, 10U);
  const auto report = InflateHead(std::span(gzip).subspan(begin), 100);
  EXPECT_EQ(TextOf(report), "stored");
  EXPECT_EQ(report.end, End::kComplete);
}

TEST(InflateTest, RefusesBrokenStreams) {
  EXPECT_EQ(InflateHead(FromHexText("07"), 10).end, End::kBad);          // Block type 3.
  EXPECT_EQ(InflateHead(FromHexText("0105000000"), 10).end, End::kBad);  // Length, complement.
  EXPECT_EQ(InflateHead(FromHexText("030201"), 100).end, End::kBad);  // Distance before the start.
  EXPECT_EQ(InflateHead({}, 10).end, End::kShort);
}

TEST(InflateTest, RandomBytesGiveLittle) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    Bytes bytes(4096);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    EXPECT_LT(InflateHead(bytes, 1024).out.size(), 1024U) << round;
  }
}

TEST(InflateTest, GzipHeaderMustBeWhole) {
  EXPECT_EQ(GzipHeaderBytes(FromHexText("1f8b08e000000000000301000000000000000000")), 0U);
  EXPECT_EQ(GzipHeaderBytes(FromHexText("1f8b0808000000000003414141414141414141414141")), 0U);
  EXPECT_EQ(GzipHeaderBytes(FromHexText("1f8b080800000000000341420041414141414141")), 13U);
  EXPECT_EQ(GzipHeaderBytes(FromHexText("1f8b07")), 0U);
}

TEST(ChecksumsTest, MatchPublishedValues) {
  EXPECT_EQ(Crc32(FromText("123456789")), 0xcbf43926U);  // The catalogue of CRC algorithms.
  EXPECT_EQ(XxHash32(FromText("")), 0x02cc5d05U);        // The xxHash specification.
  EXPECT_EQ(XxHash32(FromText("abc")), 0x32d153ffU);
}

}  // namespace
}  // namespace secai::quarantine

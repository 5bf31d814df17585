#include "quarantine/scanner/safetensors_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quarantine/scanner/testing/safetensors_builder.h"

namespace secai::quarantine {
namespace {

using testing::Bytes;
using testing::MakeSafetensors;
using testing::TinyHeader;

std::string Verdict(const Bytes& file) {
  const MemorySource source(file);
  ByteStream stream(&source);
  SafetensorsHeader header;
  Findings findings;
  const bool is_good = ReadSafetensorsHeader(&stream, nullptr, &header, &findings);
  EXPECT_NE(is_good, findings.has_gate());
  return is_good ? "pass" : findings.list()[0].rule;
}

// One tensor "a" with this descriptor; `bytes` of data.
std::string VerdictOf(const std::string& descriptor, std::size_t bytes = 8) {
  return Verdict(MakeSafetensors("{\"a\":" + descriptor + "}", bytes));
}

std::string Shaped(const std::string& shape, const std::string& offsets,
                   const std::string& type = "F32") {
  return R"({"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TEST(SafetensorsTest, ReadsAnHonestHeader) {
  const MemorySource source(MakeSafetensors(TinyHeader(), 32));
  ByteStream stream(&source);
  SafetensorsHeader header;
  Findings findings;
  ASSERT_TRUE(ReadSafetensorsHeader(&stream, nullptr, &header, &findings));
  ASSERT_EQ(header.tensors.size(), 2U);
  EXPECT_EQ(header.tensors[1].name, "b");
  EXPECT_EQ(header.tensors[0].elements, 6U);
  EXPECT_EQ(header.data_offset, 8 + TinyHeader().size());
}

TEST(SafetensorsTest, SizeRules) {
  EXPECT_EQ(Verdict(Bytes(9)), "S-H1");
  EXPECT_EQ(Verdict(MakeSafetensors("", 8)), "S-H2");
  EXPECT_EQ(Verdict(MakeSafetensors("{}", 0)), "S-T0");
  Bytes long_header = MakeSafetensors(TinyHeader(), 32);
  long_header[0] = static_cast<std::uint8_t>(TinyHeader().size() + 33);
  EXPECT_EQ(Verdict(long_header), "S-H4");
  Bytes wrapping;
  testing::AppendNumber(&wrapping, ~std::uint64_t{0}, 8);
  testing::Append(&wrapping, "{}");
  EXPECT_EQ(Verdict(wrapping), "S-H3");
  Bytes large;
  testing::AppendNumber(&large, 100'000'001, 8);
  testing::Append(&large, "{}");
  EXPECT_EQ(Verdict(large), "S-H3");
}

TEST(SafetensorsTest, EveryCutIsRefused) {
  const Bytes file = MakeSafetensors(TinyHeader(), 32);
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_NE(Verdict(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))),
              "pass")
        << size;
  }
}

TEST(SafetensorsTest, StrictJsonRules) {
  const std::string good = Shaped("[2]", "[0,8]");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"pass", "{\"a\":" + good + "}    "},
      {"pass", "{ \"a\" :\t" + good + "\n}"},
      {"S-J1", "\xef\xbb\xbf{\"a\":" + good + "}"},
      {"S-J1", "{\"a\xff\":" + good + "}"},
      {"S-J3", "[]"},
      {"S-J3", " {\"a\":" + good + "}"},
      {"S-J2", "{\"a\":" + good + ",}"},
      {"S-J2", "{'a':" + good + "}"},
      {"S-J2", "{\"a\":" + good + " /* x */}"},
      {"S-J2", "{\"a\":" + good},
      {"S-J2", "{\"a\\x\":" + good + "}"},
      {"S-J4", "{\"a\":" + good + "}{}"},
      {"S-J4", "{\"a\":" + good + "}\n"},
      {"S-J4", std::string("{\"a\":" + good + "}") + '\0'},
      {"S-J5", "{\"a\":" + good + ",\"\\u0061\":" + good + "}"},
      {"S-J7", "{\"\":" + good + "}"},
      {"S-J7", "{\"\\ud800\":" + good + "}"},
      {"S-J7", "{\"\\udc00\":" + good + "}"},
      {"S-J7", "{\"a\\u0000\":" + good + "}"},
      {"S-J7", "{\"a\\u0007\":" + good + "}"},
      {"S-J2", "{\"a\n\":" + good + "}"},
      {"S-J7", "{\"" + std::string(1025, 'n') + "\":" + good + "}"},
      {"pass", "{\"" + std::string(1024, 'n') + "\":" + good + "}"},
      {"pass", "{\"\\ud83d\\ude00\":" + good + "}"},
  };
  for (const auto& [expected, header] : rows) {
    EXPECT_EQ(Verdict(MakeSafetensors(header, 8)), expected) << header.substr(0, 100);
  }
}

TEST(SafetensorsTest, MetadataRules) {
  const auto with = [](const std::string& metadata) {
    return Verdict(MakeSafetensors(
        "{\"__metadata__\":" + metadata + ",\"a\":" + Shaped("[2]", "[0,8]") + "}", 8));
  };
  EXPECT_EQ(with("{}"), "pass");
  EXPECT_EQ(with(R"({"a":"b","c":"d"})"), "pass");
  EXPECT_EQ(with(R"({"a":"b","a":"d"})"), "S-J5");
  EXPECT_EQ(with(R"({"a":1})"), "S-M1");
  EXPECT_EQ(with(R"({"a":{}})"), "S-M1");
  EXPECT_EQ(with("[]"), "S-M1");
  EXPECT_EQ(with("{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"), "pass");
  EXPECT_EQ(with("{\"a\":\"" + std::string((1 << 20) + 1, 'x') + "\"}"), "S-M1");
}

TEST(SafetensorsTest, DescriptorRules) {
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,8]")), "pass");
  EXPECT_EQ(VerdictOf("[]"), "S-T1");
  EXPECT_EQ(VerdictOf("{}"), "S-T1");
  EXPECT_EQ(VerdictOf(R"({"dtype":"F32","shape":[2]})"), "S-T1");
  EXPECT_EQ(VerdictOf(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})"), "S-T1");
  EXPECT_EQ(VerdictOf(R"({"dtype":"F32","shape":[2],"offsets":[0,8]})"), "S-T1");
  EXPECT_EQ(VerdictOf(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"), "S-J5");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,8]", "F33")), "S-T1");
  EXPECT_EQ(VerdictOf(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})"), "S-T1");
}

TEST(SafetensorsTest, ShapeRules) {
  EXPECT_EQ(VerdictOf(Shaped("[]", "[0,4]"), 4), "pass");
  for (const char* shape : {"[2.0]", "[2e0]", "[\"2\"]", "[true]", "[-1]", "[02]",
                            "[18446744073709551618]", "[9007199254740992]", "2", "[2", "[,]"}) {
    EXPECT_NE(VerdictOf(Shaped(shape, "[0,8]")), "pass") << shape;
  }
  EXPECT_EQ(VerdictOf(Shaped("[2.0]", "[0,8]")), "S-T2");
  EXPECT_EQ(VerdictOf(Shaped("[9007199254740992]", "[0,8]")), "S-T2");
  EXPECT_EQ(VerdictOf(Shaped("[9007199254740991,9007199254740991]", "[0,8]")), "S-T3");
  // 2^32 * 2^32 elements of one byte: the product of 64 bits would be 0.
  EXPECT_NE(VerdictOf(Shaped("[4294967296,4294967296]", "[0,0]", "U8"), 0), "pass");
  EXPECT_EQ(VerdictOf(Shaped("[7]", "[0,3]", "F4"), 3), "S-T4");
  EXPECT_EQ(VerdictOf(Shaped("[8]", "[0,4]", "F4"), 4), "pass");
  std::string rank = "[1";
  for (int i = 1; i < 32; ++i) rank += ",1";
  EXPECT_EQ(VerdictOf(Shaped(rank + "]", "[0,4]"), 4), "pass");
  EXPECT_EQ(VerdictOf(Shaped(rank + ",1]", "[0,4]"), 4), "S-T2");
}

TEST(SafetensorsTest, OffsetRules) {
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0]")), "S-O1");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,8,8]")), "S-O1");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,8.0]")), "S-O1");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[8,0]")), "S-O2");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,9]")), "S-O2");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,7]")), "S-O3");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[1,9]"), 9), "S-O5");
  EXPECT_EQ(VerdictOf(Shaped("[2]", "[0,8]"), 9), "S-O6");
  const auto two = [](const std::string& first, const std::string& second) {
    return Verdict(MakeSafetensors("{\"a\":" + first + ",\"b\":" + second + "}", 8));
  };
  EXPECT_EQ(two(Shaped("[1]", "[0,4]"), Shaped("[1]", "[4,8]")), "pass");
  EXPECT_EQ(two(Shaped("[1]", "[4,8]"), Shaped("[1]", "[0,4]")), "pass");
  EXPECT_EQ(two(Shaped("[2]", "[0,8]"), Shaped("[1]", "[4,8]")), "S-O4");
  EXPECT_EQ(two(Shaped("[2]", "[0,8]"), Shaped("[0]", "[8,8]")), "pass");
}

}  // namespace
}  // namespace secai::quarantine

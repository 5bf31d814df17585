#include "quarantine/scanner/carve.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "quarantine/scanner/checksums.h"
#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine {
namespace {

using testing::Append;
using testing::AppendNumber;
using testing::Bytes;
using testing::FromHexText;
using testing::FromText;

// Plain noise of small range: no signature by chance.
Bytes Noise(std::size_t size) {
  std::mt19937 random(7);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(0xa0 + random() % 16);
  return bytes;
}

Bytes Sized(Bytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

Bytes MakeElf() {
  Bytes elf = Sized(FromHexText("7f454c4602010100000000000000000003003e00"), 64);
  elf[52] = 64;
  return elf;
}
Bytes MakePe() {
  Bytes pe = Sized(FromText("MZ"), 256);
  pe[60] = 128;
  pe[128] = 'P';
  pe[129] = 'E';
  pe[132] = 0x64;
  pe[133] = 0x86;
  return pe;
}
Bytes Make7z() {
  Bytes tail = Bytes(20, 3);
  Bytes archive = FromHexText("377abcaf271c0004");
  AppendNumber(&archive, Crc32(tail), 4);
  archive.insert(archive.end(), tail.begin(), tail.end());
  return archive;
}
Bytes MakeXz() {
  Bytes flags = {0, 4};
  Bytes archive = FromHexText("fd377a585a00");
  archive.insert(archive.end(), flags.begin(), flags.end());
  AppendNumber(&archive, Crc32(flags), 4);
  return archive;
}
Bytes MakeLz4() {
  Bytes archive = FromHexText("04224d186440");
  archive.push_back(static_cast<std::uint8_t>(XxHash32(Bytes{0x64, 0x40}) >> 8));
  return archive;
}
Bytes MakeMachO() {
  Bytes program = FromHexText("cffaedfe0700000103000000020000000a00000000050000");
  return Sized(program, 32);
}

std::vector<CarveHit> CarveAll(const Bytes& bytes, std::size_t piece = 1 << 20) {
  CarveBudget budget;
  Carver carver(&budget);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    carver.Push(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
  }
  carver.Finish();
  return carver.hits();
}

struct Row {
  PayloadKind kind;
  Bytes payload;
};

std::vector<Row> Payloads() {
  const Bytes zip = testing::MakeZip("a.txt", FromText("hello"));
  return {
      {PayloadKind::kZip, zip},
      {PayloadKind::kTar, testing::MakeTar("a.txt", FromText("hello"))},
      {PayloadKind::k7z, Make7z()},
      {PayloadKind::kXz, MakeXz()},
      {PayloadKind::kRar, FromHexText("526172211a070100aabb")},
      {PayloadKind::kGzip, testing::MakeGzip(Bytes(2000, 'x'))},
      {PayloadKind::kGzip, testing::MakeGzip(FromText("short"))},
      {PayloadKind::kBzip2, FromText("BZh91AY&SYxxxx")},
      // zstd 1.5 of "hello\n": one raw block, last.
      {PayloadKind::kZstd, FromHexText("28b52ffd2006310000"
                                       "68656c6c6f0a0000")},
      {PayloadKind::kLz4, MakeLz4()},
      {PayloadKind::kElf, MakeElf()},
      {PayloadKind::kPe, MakePe()},
      {PayloadKind::kMachO, MakeMachO()},
      {PayloadKind::kCafeBabe, Sized(FromHexText("cafebabe0000003400100a0003"), 32)},
      {PayloadKind::kWasm, FromHexText("0061736d0100000001040160")},
      {PayloadKind::kHdf5, FromHexText("894844460d0a1a0a0000000000080800")},
      {PayloadKind::kNpy, FromText("\x93NUMPY\x01" + std::string(1, '\0') + "v" +
                                   std::string(1, '\0') + "{'descr': '<f4'}")},
      {PayloadKind::kPdf, FromText("%PDF-1.7\n")},
      {PayloadKind::kScript, FromText("#!/bin/sh\nid\n")},
      {PayloadKind::kPickle, FromHexText(testing::kEvilPickles[2])},
      {PayloadKind::kPickle, FromHexText(testing::kEvilPickles[4])},
      {PayloadKind::kTextPickle, FromHexText(testing::kEvilPickles[0])},
      {PayloadKind::kBase64, FromText(ToBase64(MakeElf()))},
      {PayloadKind::kBase64, FromText(ToBase64(zip))},
  };
}

TEST(CarverTest, FindsEachKindAtAnyOffset) {
  for (const Row& row : Payloads()) {
    for (const std::size_t offset : {std::size_t{0}, std::size_t{4097}, std::size_t{199'990}}) {
      Bytes bytes = Noise(200'000);
      if (offset > 0) bytes[offset - 1] = 0xa0;
      bytes.resize(std::max(bytes.size(), offset + row.payload.size()));
      std::copy(row.payload.begin(), row.payload.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(offset));
      const auto hits = CarveAll(bytes);
      ASSERT_FALSE(hits.empty()) << Describe(row.kind) << " at " << offset;
      EXPECT_EQ(hits[0].kind, row.kind);
      EXPECT_EQ(hits[0].offset, offset) << Describe(row.kind);
    }
  }
}

TEST(CarverTest, FindsWhatLiesAcrossPieces) {
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{65'536}, std::size_t{70'000}}) {
    Bytes bytes = Noise(300'000);
    const Bytes elf = MakeElf();
    const std::size_t offset = piece * (200'000 / piece) - 3;
    std::copy(elf.begin(), elf.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    const auto hits = CarveAll(bytes, piece);
    ASSERT_EQ(hits.size(), 1U) << piece;
    EXPECT_EQ(hits[0].offset, offset) << piece;
  }
}

TEST(CarverTest, SignatureAloneIsNoPayload) {
  for (const char* hex :
       {"504b0304ffffffffffffffffffffffffffffffffffffffffffffffffffff00000000", "504b050601000000",
        "377abcaf271c0004aaaaaaaaaaaa", "1f8b08001122334455667788aabbccddeeff",
        "28b52ffdffffffffffffffffffffffff", "04224d1840400000", "7f454c460909090909",
        "cafebabe0000002c", "80025d712e", "8004952e", "425a68393141592653aa"}) {
    Bytes bytes = Noise(5000);
    const Bytes part = FromHexText(hex);
    std::copy(part.begin(), part.end(), bytes.begin() + 2000);
    EXPECT_TRUE(CarveAll(bytes).empty()) << hex;
  }
  EXPECT_TRUE(CarveAll(FromText("see #!/bin/sh\n in the text")).empty());
  EXPECT_TRUE(CarveAll(FromText("cos\nine\n wave")).empty());
}

TEST(CarverTest, RandomBytesHoldNothing) {
  std::mt19937_64 random(11);
  Bytes bytes(8 << 20);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  EXPECT_TRUE(CarveAll(bytes).empty());
}

TEST(CarverTest, SpentBudgetIsSeen) {
  Bytes bytes;
  for (int i = 0; i < 2000; ++i) Append(&bytes, "\x80\x02]]]]]]]]]]]]]]");
  CarveBudget budget{.units_left = 1000};
  Carver carver(&budget);
  carver.Push(bytes);
  carver.Finish();
  EXPECT_TRUE(budget.is_spent());
}

TEST(CarveValueTest, FindsEncodedPayloads) {
  CarveBudget budget;
  const Bytes elf = MakeElf();
  const std::string once = ToBase64(elf);
  const std::string twice = ToBase64(FromText(once));
  std::string hex = ToHex(elf);
  std::string percent;
  for (std::size_t i = 0; i < hex.size(); i += 2) percent += "%" + hex.substr(i, 2);
  for (const std::string& text :
       {"x " + once, "words before " + twice, "data:" + hex, "q=" + percent,
        "abc" + once}) {  // The last begins at another phase.
    EXPECT_FALSE(CarveValue(FromText(text), true, &budget).empty()) << text;
  }
  EXPECT_FALSE(CarveValue(testing::MakeGzip(elf), true, &budget).empty());
  EXPECT_TRUE(CarveValue(FromText("a plain description of a model"), true, &budget).empty());
}

TEST(CarveValueTest, WordsDoNotCountInTokenLists) {
  CarveBudget budget;
  const Bytes script = FromText("#!/bin/sh\nid\n");
  EXPECT_FALSE(CarveValue(script, true, &budget).empty());
  EXPECT_TRUE(CarveValue(script, false, &budget).empty());
  EXPECT_FALSE(CarveValue(MakeElf(), false, &budget).empty());
}

TEST(SignatureSearchTest, BothPathsFindTheSame) {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    Bytes bytes(1000 + random() % 500);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    for (int i = 0; i < 20; ++i) {
      const auto& signature = AllSignatures()[random() % AllSignatures().size()];
      const std::size_t at = random() % (bytes.size() - 20);
      std::copy(signature.bytes.begin(), signature.bytes.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::vector<std::pair<std::size_t, PayloadKind>> fast;
    std::vector<std::pair<std::size_t, PayloadKind>> plain;
    const std::size_t begin = random() % 100;
    const std::size_t end = bytes.size() - random() % 100;
    FindSignatures(bytes, begin, end, [&](std::size_t place, const Signature& signature) {
      fast.emplace_back(place, signature.kind);
      return true;
    });
    FindSignaturesScalar(bytes, begin, end, [&](std::size_t place, const Signature& signature) {
      plain.emplace_back(place, signature.kind);
      return true;
    });
    EXPECT_FALSE(plain.empty());
    EXPECT_EQ(fast, plain);
  }
}

}  // namespace
}  // namespace secai::quarantine

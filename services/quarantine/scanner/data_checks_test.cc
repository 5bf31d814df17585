// Entropy, broken floats and scales, manifest: the parts of stage 5 and of the record.

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crypto/sha256.h"
#include "quarantine/scanner/entropy.h"
#include "quarantine/scanner/float_check.h"
#include "quarantine/scanner/gguf_format.h"
#include "quarantine/scanner/manifest.h"
#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine {
namespace {

using testing::AppendNumber;
using testing::Bytes;

Bytes Random(std::size_t size, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

TEST(EntropyTest, IsWhatShannonSays) {
  ByteCounts counts = {};
  CountBytes(Bytes(1000, 7), &counts);
  EXPECT_DOUBLE_EQ(EntropyOf(counts, 1000), 0);
  Bytes all(256 * 4);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  counts = {};
  CountBytes(all, &counts);
  EXPECT_DOUBLE_EQ(EntropyOf(counts, all.size()), 8);
  counts = {};
  CountBytes(Bytes{1, 2, 1, 2, 1, 2}, &counts);
  EXPECT_DOUBLE_EQ(EntropyOf(counts, 6), 1);
}

TEST(EntropyTest, RandomWindowsLieAboveEveryLimit) {
  // 8 - 255/(2n ln 2) = 7.9944 for 32 KiB; no type may have more than 7.988.
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    ByteCounts counts = {};
    CountBytes(Random(kEntropyWindowBytes, seed), &counts);
    EXPECT_GT(EntropyOf(counts, kEntropyWindowBytes), kMaxEntropy) << seed;
  }
}

TEST(WindowedEntropyTest, FindsABlobOfTwoWindowsAtAnyOffset) {
  const Bytes blob = Random(2 * kEntropyWindowBytes);
  for (std::size_t offset = 0; offset < 70'000; offset += 4999) {
    Bytes bytes(300'000, 9);
    std::copy(blob.begin(), blob.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    WindowedEntropy entropy;
    for (std::size_t at = 0; at < bytes.size(); at += 7777) {
      entropy.Push(std::span(bytes).subspan(at, std::min<std::size_t>(7777, bytes.size() - at)),
                   kMaxEntropy);
    }
    entropy.Finish();
    ASSERT_TRUE(entropy.first_over().has_value()) << offset;
    EXPECT_GE(entropy.first_over()->offset + kEntropyWindowBytes, offset);
    EXPECT_LE(entropy.first_over()->offset, offset + blob.size());
  }
}

TEST(WindowedEntropyTest, HalfAWindowAtTheEndCounts) {
  for (const auto& [size, is_over] :
       {std::pair{kMinEntropyWindowBytes, true}, std::pair{kMinEntropyWindowBytes - 1, false}}) {
    WindowedEntropy entropy;
    entropy.Push(Random(size), kMaxEntropy);
    entropy.Finish();
    EXPECT_EQ(entropy.first_over().has_value(), is_over) << size;
  }
}

TEST(WindowedEntropyTest, MixedWindowsHaveTheHighestLimit) {
  const Bytes bytes = Random(kEntropyWindowBytes);
  WindowedEntropy entropy;
  entropy.Push(std::span(bytes).first(100), 8.0);
  entropy.Push(std::span(bytes).subspan(100), 7.0);
  entropy.Finish();
  EXPECT_FALSE(entropy.first_over().has_value());
}

DataLayout LayoutOf(std::uint32_t type) {
  const TensorType& info = *FindTensorType(type);
  return {info.encoding, info.block_bytes, info.scale_count, info.scale_offsets};
}

TEST(BrokenFinderTest, FindsBrokenFloats) {
  const std::vector<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>> rows = {
      // Type, the largest finite number, infinity.
      {0, 0x7f7fffff, 0x7f800000}, {0, 0xff7fffff, 0xff800000},
      {0, 0x7f7fffff, 0x7fc00000},  // NaN.
      {1, 0x7bff, 0x7c00},         {1, 0xfbff, 0xfe00},
      {30, 0x7f7f, 0x7f80},        {28, 0x7fefffffffffffff, 0x7ff0000000000000},
  };
  for (const auto& [type, good, bad] : rows) {
    const auto bytes = static_cast<int>(FindTensorType(type)->block_bytes);
    Bytes numbers;
    for (int i = 0; i < 9000; ++i) AppendNumber(&numbers, good, bytes);
    EXPECT_FALSE(FindBroken(LayoutOf(type), numbers).has_value()) << type;
    Bytes one;
    AppendNumber(&one, bad, bytes);
    std::copy(one.begin(), one.end(), numbers.begin() + 8000 * bytes);
    EXPECT_EQ(FindBroken(LayoutOf(type), numbers), 8000U) << type;
  }
}

TEST(BrokenFinderTest, FindsBrokenScalesOfEveryBlockType) {
  for (std::uint32_t type = 0; type < 43; ++type) {
    const TensorType* info = FindTensorType(type);
    if (info == nullptr || info->block_elements == 1) continue;
    Bytes blocks(5 * info->block_bytes);
    EXPECT_FALSE(FindBroken(LayoutOf(type), blocks).has_value()) << info->name;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < info->scale_count; ++i) places.push_back(info->scale_offsets[i]);
    if (places.empty()) places.push_back(0);
    for (const std::size_t place : places) {
      Bytes broken = blocks;
      std::uint8_t* const block = broken.data() + 3 * std::size_t{info->block_bytes};
      switch (info->encoding) {
        case Encoding::kBlocksE8m0:
        case Encoding::kBlocksUe4m3:
          block[0] = 0xff;
          break;
        case Encoding::kBlocksIq1m:
          block[53] = 0xc0;  // Bits 8 to 11 of the scale: 0x0c00.
          block[55] = 0x70;  // Bits 12 to 15: 0x7000.
          break;
        default:
          block[place + 1] = 0x7c;
      }
      EXPECT_EQ(FindBroken(LayoutOf(type), broken), 3U) << info->name << " at " << place;
    }
  }
}

TEST(BrokenFinderTest, ScaleOfQ8IsNotNegative) {
  Bytes block(34);
  block[1] = 0x80;  // -0 is 0.
  EXPECT_FALSE(FindBroken(LayoutOf(8), block).has_value());
  block[0] = 1;
  EXPECT_TRUE(FindBroken(LayoutOf(8), block).has_value());
  EXPECT_FALSE(FindBroken(LayoutOf(2), block).has_value());  // Q4_0 may have any sign.
}

TEST(BrokenFinderTest, PiecesMayBeCutAnywhere) {
  Bytes blocks(144 * 50);
  blocks[144 * 31 + 3] = 0x7c;
  for (const std::size_t piece : {1U, 7U, 143U, 144U, 145U, 1000U, 100'000U}) {
    BrokenFinder finder(LayoutOf(12));
    for (std::size_t at = 0; at < blocks.size(); at += piece) {
      finder.Push(std::span(blocks).subspan(at, std::min<std::size_t>(piece, blocks.size() - at)));
    }
    EXPECT_EQ(finder.broken(), 144U * 31) << piece;
  }
}

TEST(ManifestTest, ChangesWithEveryByteNameAndOrder) {
  const auto digest = [](std::string_view text) { return crypto::Sha256::Of(text); };
  const ManifestEntry a{"a", digest("1")};
  const ManifestEntry b{"b", digest("2")};
  const ManifestEntry c{"c", digest("3")};
  const auto manifest = [](std::vector<ManifestEntry> entries) { return MakeManifest(entries); };
  const std::string first = manifest({a, b, c});
  EXPECT_TRUE(first.starts_with("sha256-merkle-1:")) << first;
  EXPECT_TRUE(first.ends_with(":3")) << first;
  EXPECT_EQ(first, manifest({a, b, c}));
  EXPECT_NE(first, manifest({b, a, c}));
  EXPECT_NE(first, manifest({a, b}));
  EXPECT_NE(first, manifest({a, b, {"c", digest("4")}}));
  EXPECT_NE(first, manifest({a, b, {"d", digest("3")}}));
}

TEST(ManifestTest, OneTensorIsItsLeaf) {
  // leaf = SHA-256(00 | u64 length | name | digest), computed here by hand.
  std::string leaf("\0\1\0\0\0\0\0\0\0a", 10);
  const auto digest = crypto::Sha256::Of(std::string_view("1"));
  leaf.append(digest.bytes().begin(), digest.bytes().end());
  EXPECT_EQ(MakeManifest(std::vector<ManifestEntry>{{"a", digest}}),
            "sha256-merkle-1:" + crypto::Sha256::Of(std::string_view(leaf)).ToHex() + ":1");
}

}  // namespace
}  // namespace secai::quarantine

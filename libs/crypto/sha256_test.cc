#include "crypto/sha256.h"

#include <string>
#include <unordered_set>
#include <utility>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::crypto {
namespace {

using testing::FailsWith;

// FIPS 180-4 examples (NIST, "SHA256.pdf") and `printf '' | sha256sum`.
constexpr std::string_view kEmpty =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kTwoBlocks =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

TEST(Sha256Test, AgreesWithTheStandardInOnePieceAndInMany) {
  EXPECT_EQ(Sha256::Of(std::string_view()).ToHex(), kEmpty);
  EXPECT_EQ(Sha256::Of(std::string_view("abc")).ToHex(), kAbc);
  Sha256 hash;
  for (const char c : std::string("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) {
    hash.Update(std::string_view(&c, 1));
  }
  EXPECT_EQ(hash.Finish().ToHex(), kTwoBlocks);
}

TEST(Sha256Test, StartsAnewAfterFinish) {
  Sha256 hash;
  hash.Update(std::string_view("xyz"));
  hash.Finish();
  hash.Update(std::string_view("abc"));
  Sha256 moved(std::move(hash));
  EXPECT_EQ(moved.Finish().ToHex(), kAbc);
}

TEST(DigestTest, ReadsOnlyLowerCaseHexOfTheRightLength) {
  EXPECT_EQ(Digest::Parse(kAbc).value().ToHex(), kAbc);
  std::string upper(kAbc);
  upper[0] = 'B';
  for (const std::string& text :
       {std::string(), upper, std::string(kAbc) + "0", std::string(kAbc.substr(1)),
        "../" + std::string(kAbc.substr(3)), std::string(64, '\0')}) {
    EXPECT_TRUE(FailsWith(Digest::Parse(text), ErrorCode::kInvalidArgument, "a SHA-256 digest"));
  }
}

TEST(DigestTest, ComparesAndHashesByContent) {
  const Digest a = Digest::Parse(kAbc).value();
  const Digest b = Digest::Parse(kEmpty).value();
  EXPECT_LT(a, b);
  EXPECT_EQ((std::unordered_set<Digest>{a, b, a}).size(), 2U);
}

}  // namespace
}  // namespace secai::crypto

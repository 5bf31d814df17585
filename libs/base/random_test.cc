#include "base/random.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/fake_random.h"

namespace secai {
namespace {

std::string Base32Of(std::string_view text) {
  return ToBase32(std::vector<std::uint8_t>(text.begin(), text.end()));
}

// The vectors of RFC 4648 section 10, in lower case and without padding.
TEST(Base32Test, AgreesWithTheStandard) {
  EXPECT_EQ(Base32Of(""), "");
  EXPECT_EQ(Base32Of("f"), "my");
  EXPECT_EQ(Base32Of("fo"), "mzxq");
  EXPECT_EQ(Base32Of("foo"), "mzxw6");
  EXPECT_EQ(Base32Of("foob"), "mzxw6yq");
  EXPECT_EQ(Base32Of("fooba"), "mzxw6ytb");
  EXPECT_EQ(Base32Of("foobar"), "mzxw6ytboi");
}

TEST(SystemRandomTest, FillsEveryByte) {
  SystemRandom random;
  // After 64 fills a byte that is never written is still 0; by chance once in 2^512 for each.
  std::array<std::uint8_t, 40> seen = {};
  for (int i = 0; i < 64; ++i) {
    std::array<std::uint8_t, 40> bytes = {};
    random.Fill(bytes);
    for (std::size_t j = 0; j < bytes.size(); ++j) seen[j] |= bytes[j];
  }
  for (const std::uint8_t byte : seen) EXPECT_NE(byte, 0);
}

TEST(RandomTokenTest, GivesEightCharactersForFiveBytes) {
  SystemRandom random;
  const std::string first = RandomToken(random);
  EXPECT_EQ(first.size(), 32U);
  EXPECT_NE(first, RandomToken(random));
  FakeRandom fake;
  EXPECT_EQ(RandomToken(fake, 5), "aaaqeaye");  // Bytes 0 1 2 3 4.
}

}  // namespace
}  // namespace secai

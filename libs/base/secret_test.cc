#include "base/secret.h"

#include <array>
#include <concepts>
#include <cstdint>
#include <new>
#include <ostream>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace secai {
namespace {

using Key = SecretKey<4>;

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Streamable<Key> && !Streamable<SecretBytes>);
static_assert(!fmt::is_formattable<Key>::value && !fmt::is_formattable<SecretBytes>::value);
static_assert(!std::equality_comparable<Key> && !std::equality_comparable<SecretBytes>);
static_assert(!std::is_copy_constructible_v<Key> && !std::is_copy_constructible_v<SecretBytes>);

constexpr std::array<std::uint8_t, 4> kBytes = {1, 2, 3, 4};

TEST(SecretKeyTest, WipesWhatItMovedFromAndWhatItLeaves) {
  alignas(Key) std::array<std::uint8_t, sizeof(Key)> memory = {};
  auto* key = new (memory.data()) Key(kBytes);
  EXPECT_EQ(memory, kBytes);
  Key other(std::move(*key));
  EXPECT_EQ(memory, (std::array<std::uint8_t, 4>{}));
  *key = std::move(other);
  EXPECT_EQ(memory, kBytes);
  key->~Key();
  EXPECT_EQ(memory, (std::array<std::uint8_t, 4>{}));
}

TEST(SecretKeyTest, ComparesByContent) {
  Key changed(kBytes);
  EXPECT_TRUE(Key(kBytes).Equals(changed));
  changed.RevealForWriting()[3] = 5;
  EXPECT_FALSE(Key(kBytes).Equals(changed));
}

TEST(SecretBytesTest, MovesWithoutCopyingAndCompares) {
  SecretBytes secret(kBytes);
  const std::uint8_t* place = secret.Reveal().data();
  SecretBytes moved(std::move(secret));
  EXPECT_EQ(moved.Reveal().data(), place);
  EXPECT_TRUE(moved.Equals(SecretBytes(kBytes)));
  EXPECT_FALSE(moved.Equals(SecretBytes(3)));
  EXPECT_EQ(moved.RevealText(), "\1\2\3\4");
}

TEST(ConstantTimeEqualTest, SeesADifferenceInEachByte) {
  std::vector<std::uint8_t> a(33, 7);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::vector<std::uint8_t> b = a;
    b[i] ^= 0x80U;
    EXPECT_FALSE(ConstantTimeEqual(a, b)) << i;
  }
  EXPECT_TRUE(ConstantTimeEqual(a, std::vector<std::uint8_t>(33, 7)));
  EXPECT_TRUE(ConstantTimeEqual({}, {}));
}

}  // namespace
}  // namespace secai

#include "crypto/ed25519.h"

#include <string>

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/testing/fake_random.h"
#include "base/testing/result_matchers.h"

namespace secai::crypto {
namespace {

using testing::FailsWith;

Ed25519KeyPair KeyOf(std::string_view seed_hex) {
  return Ed25519KeyPair::FromSeed(FromHex(seed_hex).value()).value();
}

// RFC 8032 section 7.1, tests 1 and 2.
TEST(Ed25519Test, AgreesWithTheStandard) {
  const Ed25519KeyPair empty =
      KeyOf("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  EXPECT_EQ(ToHex(empty.public_key()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(ToHex(empty.Sign("")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
            "701cf9b"
            "46bd25bf5f0595bbe24655141438e7a100b");
  const Ed25519KeyPair one =
      KeyOf("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  EXPECT_EQ(ToHex(one.Sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f36"
            "13d0f11"
            "d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519Test, VerifiesOnlyTheSameKeyMessageAndSignature) {
  FakeRandom random;
  const Ed25519KeyPair key = Ed25519KeyPair::Generate(random);
  const Ed25519KeyPair other = Ed25519KeyPair::Generate(random);
  Ed25519Signature signature = key.Sign("text");
  EXPECT_TRUE(VerifyEd25519(key.public_key(), "text", signature));
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "texT", signature));
  EXPECT_FALSE(VerifyEd25519(other.public_key(), "text", signature));
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "text", std::span(signature).first(63)));
  signature[40] ^= 1U;
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "text", signature));
  EXPECT_FALSE(VerifyEd25519({}, "text", Ed25519Signature{}));
}

TEST(Ed25519Test, KeepsTheKeyAsItsSeed) {
  FakeRandom random;
  const Ed25519KeyPair key = Ed25519KeyPair::Generate(random);
  ASSERT_OK_AND_ASSIGN(const auto again, Ed25519KeyPair::FromSeed(key.seed().Reveal()));
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_EQ(again.key_id(), key.key_id());
  EXPECT_EQ(key.key_id().size(), 16U);
  EXPECT_TRUE(
      FailsWith(Ed25519KeyPair::FromSeed(key.seed().Reveal().first(31)), ErrorCode::kCorrupt));
}

// `openssl pkey -pubin -in key.pem -outform DER | tail -c 32 | xxd -p` of RFC 8410 section 10.1.
TEST(Ed25519Test, WritesThePublicKeyAsOtherToolsReadIt) {
  Ed25519PublicKey key = {};
  ASSERT_OK(FromHexInto("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", key));
  EXPECT_EQ(ToPem(key),
            "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
            "-----END PUBLIC KEY-----\n");
}

}  // namespace
}  // namespace secai::crypto

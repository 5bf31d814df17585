#include "crypto/dsse.h"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/fake_random.h"
#include "base/testing/result_matchers.h"

namespace secai::crypto {
namespace {

using testing::FailsWith;

constexpr std::string_view kType = "application/vnd.test+json";

class DsseTest : public ::testing::Test {
 protected:
  FakeRandom random_;
  Ed25519KeyPair key_ = Ed25519KeyPair::Generate(random_);
  Ed25519KeyPair other_ = Ed25519KeyPair::Generate(random_);
};

// The example of the DSSE v1 protocol document.
TEST_F(DsseTest, EncodesWhatIsSignedAsTheStandardSays) {
  EXPECT_EQ(DssePae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST_F(DsseTest, OpensWhatWasSigned) {
  const std::string envelope = SignDsse(key_, kType, "{\"a\":1}\n");
  EXPECT_EQ(OpenDsse(envelope, key_.public_key(), kType).value(), "{\"a\":1}\n");
}

TEST_F(DsseTest, RefusesAnotherKeyAnotherTypeAndAChangeOfAnyByte) {
  const std::string envelope = SignDsse(key_, kType, "payload");
  EXPECT_TRUE(FailsWith(OpenDsse(envelope, other_.public_key(), kType), ErrorCode::kCorrupt,
                        "the signature is not ours"));
  EXPECT_TRUE(FailsWith(OpenDsse(envelope, key_.public_key(), "text/plain"), ErrorCode::kCorrupt,
                        "another kind"));
  const std::size_t key_id = envelope.find(key_.key_id());
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    if (i >= key_id && i < key_id + 16) continue;  // A hint that is not signed.
    std::string changed = envelope;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(FailsWith(OpenDsse(changed, key_.public_key(), kType), ErrorCode::kCorrupt)) << i;
  }
}

TEST_F(DsseTest, RefusesUnknownMembersAndMoreThanOneSignature) {
  std::string envelope = SignDsse(key_, kType, "payload");
  envelope.insert(1, "\"extra\":1,");
  EXPECT_TRUE(FailsWith(OpenDsse(envelope, key_.public_key(), kType), ErrorCode::kCorrupt,
                        "extra: unknown member"));
  EXPECT_TRUE(FailsWith(
      OpenDsse(R"({"payload":"","payloadType":"t","signatures":[]})", key_.public_key(), kType),
      ErrorCode::kCorrupt, "exactly one"));
}

}  // namespace
}  // namespace secai::crypto

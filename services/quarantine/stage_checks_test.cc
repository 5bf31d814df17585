#include "quarantine/stage_checks.h"

#include <string>

#include <gtest/gtest.h>

namespace secai::quarantine {
namespace {

const std::string kDigest(64, 'a');
const std::string kOther(64, 'b');

Claim LocalClaim() {
  Claim claim;
  claim.name = "m.gguf";
  claim.source = "local";
  return claim;
}

TEST(CheckSourceTest, AcceptsALocalFileAndRefusesAnAddress) {
  Claim claim = LocalClaim();
  EXPECT_FALSE(HasGate(CheckSource(claim, {}).findings));
  claim.source = "https://huggingface.co/a/b/resolve/main/m.gguf";
  EXPECT_EQ(CheckSource(claim, {}).findings.at(0).rule, "SRC-2");
}

TEST(CheckIntegrityTest, RefusesABlockedDigestEvenWhenItIsPinned) {
  QuarantineConfig config;
  config.blocked_hashes = {kDigest};
  config.pins["m.gguf"] = kDigest;
  EXPECT_EQ(CheckIntegrity(LocalClaim(), kDigest, config).findings.at(0).rule, "INT-1");
}

TEST(CheckIntegrityTest, RefusesAnotherDigestThanThePinnedOne) {
  QuarantineConfig config;
  config.pins["m.gguf"] = kDigest;
  EXPECT_FALSE(HasGate(CheckIntegrity(LocalClaim(), kDigest, config).findings));
  EXPECT_EQ(CheckIntegrity(LocalClaim(), kOther, config).findings.at(0).rule, "INT-2");
}

TEST(CheckProvenanceTest, GivesLevelTwoToAPinAndLevelFourToTheRest) {
  QuarantineConfig config;
  EXPECT_EQ(CheckProvenance(LocalClaim(), kDigest, config).trust_level, 4);
  EXPECT_EQ(CheckProvenance(LocalClaim(), kDigest, config).detail, "unsigned, digest recorded");
  config.pins["m.gguf"] = kDigest;
  EXPECT_EQ(CheckProvenance(LocalClaim(), kDigest, config).trust_level, 2);
}

TEST(CheckProvenanceTest, TheStrictProfileNeedsAPin) {
  QuarantineConfig config;
  config.profile = QuarantineConfig::Profile::kStrict;
  EXPECT_EQ(CheckProvenance(LocalClaim(), kDigest, config).findings.at(0).rule, "INT-4");
  config.pins["m.gguf"] = kDigest;
  EXPECT_FALSE(HasGate(CheckProvenance(LocalClaim(), kDigest, config).findings));
}

TEST(CheckProvenanceTest, RequireSignatureRefusesEvenAPinAndSaysWhy) {
  QuarantineConfig config;
  config.require_signature = true;
  config.pins["m.gguf"] = kDigest;
  const auto verdict = CheckProvenance(LocalClaim(), kDigest, config);
  EXPECT_TRUE(HasGate(verdict.findings));
  EXPECT_NE(verdict.detail.find("cannot verify signatures yet"), std::string::npos);
}

TEST(IsRefusedByTest, AReviewRefusesInTheStrictProfileOnly) {
  const std::vector<Finding> review = {{.stage = 2,
                                        .rule = "G-T15",
                                        .severity = FindingClass::kReview,
                                        .offset = std::nullopt,
                                        .tensor = "",
                                        .reason = "extra tensor"}};
  QuarantineConfig config;
  EXPECT_FALSE(IsRefusedBy(review, config));
  config.profile = QuarantineConfig::Profile::kStrict;
  EXPECT_TRUE(IsRefusedBy(review, config));
}

}  // namespace
}  // namespace secai::quarantine

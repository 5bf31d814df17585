#include "quarantine/claim.h"

#include <string>

#include <gtest/gtest.h>

namespace secai::quarantine {
namespace {

Claim FullClaim() {
  Claim claim;
  claim.id = "abcdefghij234567";
  claim.name = "model \"Q4\".gguf";
  claim.source = "local";
  claim.bytes = claim.received_bytes = 98'362'432;
  claim.sha256 = std::string(64, 'a');
  claim.format = "gguf";
  claim.state = ClaimState::kRejected;
  claim.stage = 5;
  claim.stage_record(5).result = StageResult::kFail;
  claim.stage_record(5).detail = "a blob";
  claim.stage_record(5).progress = 0.5;
  claim.stage_record(5).findings.push_back({.stage = 5,
                                            .rule = "P-5",
                                            .severity = FindingClass::kGate,
                                            .offset = 4096,
                                            .tensor = "blk.0.attn_q.weight",
                                            .reason = "random bytes"});
  claim.rejection = Rejection{.stage = 5, .rule = "P-5", .offset = 4096, .reason = "random bytes"};
  claim.trust_level = 4;
  claim.attempts = 2;
  claim.finished_at = Clock::TimePoint(std::chrono::milliseconds(1'795'000'000'123));
  claim.note = "waits";
  return claim;
}

TEST(ClaimTest, ComesBackFromItsJsonAsItWas) {
  const auto json = ClaimToJson(FullClaim());
  const auto read = ClaimFromJson(json);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(ClaimToJson(*read), json);
  EXPECT_EQ(read->rejection->offset, 4096U);
}

TEST(ClaimTest, NamesTheMemberThatCannotBeRead) {
  auto json = ClaimToJson(FullClaim());
  json["state"] = "lost";
  const auto read = ClaimFromJson(json);
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(read.error().message.find("state"), std::string::npos);
}

TEST(ClaimTest, UsesTheDocumentedStageNames) {
  EXPECT_EQ(StageName(1), "Source Policy");
  EXPECT_EQ(StageName(6), "Behavioral Smoke Test");
  EXPECT_EQ(StageName(7), "Diffusion Deep Scan");
}

TEST(FileNameTest, AcceptsOrdinaryNames) {
  EXPECT_TRUE(ValidateFileName("SmolLM2-135M.Q4_1.gguf").has_value());
  EXPECT_TRUE(ValidateFileName("modèle été.gguf").has_value());
  EXPECT_TRUE(ValidateFileName(std::string(255, 'a')).has_value());
}

class BadFileNameTest : public testing::TestWithParam<std::string> {};

TEST_P(BadFileNameTest, IsRefused) {
  EXPECT_EQ(ValidateFileName(GetParam()).error().code, ErrorCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Forms, BadFileNameTest,
                         testing::Values("", std::string(256, 'a'), ".hidden", "..", "../up.gguf",
                                         "a/b.gguf", "a\\b.gguf", std::string("a\0b.gguf", 8),
                                         "a\nb.gguf", "a\x1b[31m.gguf",
                                         "a\xe2\x80\xae"
                                         "fugg.gguf",  // Right-to-left override.
                                         "a\xff.gguf"));

}  // namespace
}  // namespace secai::quarantine

#include "quarantine/pipeline.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "crypto/sha256.h"
#include "quarantine/testing/fake_rooms.h"
#include "quarantine/testing/quarantine_fixture.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kBytes = "GGUF, or so the fake scanner says";

class FakeScanner final : public ArtifactScanner {
 public:
  asio::awaitable<Result<ScanReport>> Scan(ScanOrder, OnProgress progress) override {
    progress(2, 0.5);
    ++scans;
    co_return answer;
  }

  static ScanReport Good() {
    ScanReport report;
    report.format = "gguf";
    report.sha256 = crypto::Sha256::Of(kBytes).ToHex();
    report.bytes = kBytes.size();
    for (const int number : {2, 3, 5})
      report.stages.at(static_cast<std::size_t>(number - 1)).result = StageResult::kPass;
    report.facts = {{"architecture", "llama"}, {"fingerprint", "f"}, {"manifest", "m"}};
    return report;
  }

  Result<ScanReport> answer = Good();
  int scans = 0;
};

class FakeSmoke final : public SmokeStage {
 public:
  asio::awaitable<Result<SmokeOutcome>> Run(SmokeOrder order, OnProgress progress) override {
    progress(0.5);
    ++runs;
    sha256 = order.sha256;
    if (failures-- > 0) co_return Fail(ErrorCode::kUnavailable, "no memory for a probe");
    co_return outcome;
  }

  SmokeOutcome outcome{.has_passed = true, .detail = "passed", .findings = {}, .record = {}};
  int failures = 0;
  int runs = 0;
  std::string sha256;
};

class PipelineTest : public QuarantineFixture {
 public:
  PipelineTest() { registry_.answers["registry.admit"] = {{"model", {{"name", "m"}}}}; }

  // Imports the file and runs it to its end.
  Claim Quarantined(std::string name = "m.gguf") {
    const auto id = Import(std::move(name), kBytes);
    EXPECT_OK(id);
    return RunClaim(*id);
  }

  Claim RunClaim(const std::string& id) {
    Pipeline pipeline(io_.get_executor(), {.config = &config_,
                                           .store = store_.get(),
                                           .scanner = &scanner_,
                                           .smoke = &smoke_,
                                           .audit = &audit_,
                                           .registry = &registry_,
                                           .clock = &clock_,
                                           .pool = &pool_,
                                           .retry_pause = std::chrono::milliseconds(1)});
    Run(ToTheEnd(&pipeline, id));
    return *store_->Find(id);
  }

  static asio::awaitable<bool> ToTheEnd(Pipeline* pipeline, std::string id) {
    co_await pipeline->Run(std::move(id));
    co_return true;
  }

  std::vector<std::string> Events() const {
    std::vector<std::string> events;
    for (const auto& asked : audit_.asked) events.emplace_back(asked.body.at("event").as_string());
    return events;
  }

  // Makes `stage` of the scanner's answer fail by `rule`.
  void FailStage(int stage, const std::string& rule) {
    StageRecord& record = scanner_.answer->stages.at(static_cast<std::size_t>(stage - 1));
    record.result = StageResult::kFail;
    record.findings.push_back(
        {.stage = stage, .rule = rule, .offset = 42, .tensor = "", .reason = "because"});
  }

  FakeScanner scanner_;
  FakeSmoke smoke_;
  FakeRoom audit_;
  FakeRoom registry_;
};

TEST_F(PipelineTest, PromotesAFileThatPassesEveryStageAndRemovesTheCopyHere) {
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.state, ClaimState::kPromoted);
  EXPECT_EQ(claim.model, "m");
  EXPECT_EQ(claim.trust_level, 4);
  for (int number = 1; number <= 6; ++number) {
    EXPECT_EQ(claim.stage_record(number).result, StageResult::kPass) << number;
  }
  EXPECT_EQ(claim.stage_record(7).result, StageResult::kSkip);
  ASSERT_EQ(registry_.asked.size(), 1U);
  EXPECT_EQ(registry_.asked[0].fds, 1U);
  EXPECT_EQ(std::string(registry_.asked[0].body.at("sha256").as_string()), claim.sha256);
  EXPECT_EQ(Events(),
            (std::vector<std::string>{"quarantine.stage_passed", "quarantine.stage_passed",
                                      "quarantine.stage_passed", "quarantine.stage_passed",
                                      "quarantine.stage_passed", "quarantine.stage_passed",
                                      "quarantine.stage_passed", "quarantine.promoted"}));
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / claim.id / "artifact"));
}

TEST_F(PipelineTest, TheFirstFailureStopsAndTheFileStays) {
  FailStage(2, "P-1");
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.state, ClaimState::kRejected);
  ASSERT_TRUE(claim.rejection.has_value());
  EXPECT_EQ(claim.rejection->stage, 2);
  EXPECT_EQ(claim.rejection->rule, "P-1");
  EXPECT_EQ(claim.rejection->offset, 42U);
  EXPECT_EQ(claim.stage_record(3).result, StageResult::kPending);
  EXPECT_EQ(smoke_.runs, 0);
  EXPECT_TRUE(registry_.asked.empty());
  EXPECT_EQ(Events().back(), "quarantine.rejected");
  EXPECT_TRUE(std::filesystem::exists(dir_.path() / claim.id / "artifact"));
}

TEST_F(PipelineTest, EveryStageCanRefuse) {
  FailStage(5, "P-5");
  EXPECT_EQ(Quarantined().rejection->stage, 5);
  scanner_.answer = FakeScanner::Good();
  smoke_.outcome.has_passed = false;
  EXPECT_EQ(Quarantined().rejection->stage, 6);
  smoke_.outcome.has_passed = true;
  FailStage(7, "D-1");
  EXPECT_EQ(Quarantined().rejection->stage, 7);
  scanner_.answer = FakeScanner::Good();
  config_.blocked_hashes = {crypto::Sha256::Of(kBytes).ToHex()};
  EXPECT_EQ(Quarantined().rejection->rule, "INT-1");
  config_.blocked_hashes.clear();
  config_.require_signature = true;
  EXPECT_EQ(Quarantined().rejection->stage, 4);
  EXPECT_TRUE(registry_.asked.empty());
}

TEST_F(PipelineTest, AScannerThatBreaksDownOverAFileRefusesIt) {
  scanner_.answer = Fail(ErrorCode::kCorrupt, "the scanner was ended by signal 31");
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.rejection->rule, "Q-SCANNER");
  EXPECT_EQ(claim.rejection->reason, "the scanner was ended by signal 31");
}

TEST_F(PipelineTest, ALyingDigestIsFoundBeforeTheModelRuns) {
  scanner_.answer->sha256 = std::string(64, 'a');
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.rejection->rule, "Q-CHANGED");
  EXPECT_EQ(smoke_.runs, 0);
}

TEST_F(PipelineTest, NoDecisionIsMadeWithoutItsRecord) {
  audit_.failures = 3;
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.state, ClaimState::kPromoted);
  EXPECT_EQ(audit_.asked.size(), 8U + 3U);
  EXPECT_EQ(scanner_.scans, 1);  // Waiting does not begin anew.
}

TEST_F(PipelineTest, WaitsForMemoryAndForTheRegistry) {
  smoke_.failures = 2;
  registry_.failures = 2;
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.state, ClaimState::kPromoted);
  EXPECT_EQ(smoke_.runs, 3);
  EXPECT_EQ(registry_.asked.size(), 3U);
  EXPECT_TRUE(claim.note.empty());
}

TEST_F(PipelineTest, TheRegistryFindingOtherBytesRefusesTheFile) {
  registry_.errors["registry.admit"] = Error{ErrorCode::kCorrupt, "digest differs"};
  EXPECT_EQ(Quarantined().rejection->rule, "Q-CHANGED");
}

TEST_F(PipelineTest, AdmitsSafetensorsWithoutRunningThem) {
  scanner_.answer->format = "safetensors";
  const Claim claim = Quarantined("m.safetensors");
  EXPECT_EQ(claim.state, ClaimState::kPromoted);
  EXPECT_EQ(claim.stage_record(6).result, StageResult::kSkip);
  EXPECT_EQ(claim.stage_record(6).detail, "no engine for this format");
  EXPECT_EQ(registry_.asked[0].body.at("runnable"), false);
}

TEST_F(PipelineTest, AReviewStopsInTheStrictProfileOnly) {
  scanner_.answer->stages.at(1).findings.push_back({.stage = 2,
                                                    .rule = "G-T15",
                                                    .severity = FindingClass::kReview,
                                                    .offset = std::nullopt,
                                                    .tensor = "",
                                                    .reason = "extra tensor"});
  EXPECT_EQ(Quarantined().state, ClaimState::kPromoted);
  config_.profile = QuarantineConfig::Profile::kStrict;
  const Claim claim = Quarantined();
  EXPECT_EQ(claim.rejection->rule, "G-T15");
  EXPECT_EQ(claim.stage_record(2).result, StageResult::kFail);
}

TEST_F(PipelineTest, AFileDeletedByHandEndsItsClaim) {
  const auto id = Import("m.gguf", kBytes);
  std::filesystem::remove(dir_.path() / *id / "artifact");
  EXPECT_EQ(RunClaim(*id).state, ClaimState::kDiscarded);
  EXPECT_EQ(FoldersOnDisk(), 0U);
}

TEST_F(PipelineTest, AFileThatWasReplacedByALinkIsRefused) {
  const auto id = Import("m.gguf", kBytes);
  std::filesystem::remove(dir_.path() / *id / "artifact");
  std::filesystem::create_symlink("/etc/hostname", dir_.path() / *id / "artifact");
  EXPECT_EQ(RunClaim(*id).rejection->rule, "Q-FILE");
}

TEST_F(PipelineTest, GivesUpOnAFileWhoseChecksNeverEnd) {
  const auto id = Import("m.gguf", kBytes);
  Claim claim = *store_->Find(*id);
  claim.state = ClaimState::kChecking;
  claim.attempts = 3;  // Three starts of the room found it unfinished.
  ASSERT_OK(store_->Save(claim));
  EXPECT_EQ(RunClaim(*id).rejection->rule, "Q-ATTEMPTS");
}

}  // namespace
}  // namespace secai::quarantine

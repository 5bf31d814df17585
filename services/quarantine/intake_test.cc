#include "quarantine/intake.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "quarantine/testing/quarantine_fixture.h"

namespace secai::quarantine {
namespace {

class IntakeTest : public QuarantineFixture {};

TEST_F(IntakeTest, WritesWhatCameThroughThePipe) {
  const auto id = Import("m.gguf", "GGUF and more");
  ASSERT_OK(id);
  std::ifstream file(dir_.path() / *id / "artifact", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "GGUF and more");
  EXPECT_EQ(store_->Find(*id)->state, ClaimState::kReceived);
  EXPECT_EQ(store_->Find(*id)->bytes, 13U);
}

TEST_F(IntakeTest, TheUsersFileNameIsNeverAPath) {
  ASSERT_OK(Import("weird name.gguf", "x"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
    EXPECT_EQ(entry.path().string().find("weird"), std::string::npos);
  }
}

TEST_F(IntakeTest, RollsBackAnUploadThatWasCutShort) {
  auto begun = intake_->Begin("m.gguf", 10, "local");
  ASSERT_OK(begun);
  ASSERT_EQ(::write(begun->pipe.get(), "1234", 4), 4);
  begun->pipe.Reset();
  EXPECT_TRUE(testing::FailsWith(Run(intake_->Commit(begun->id, 10)), ErrorCode::kInvalidArgument,
                                 "4 bytes came of 10"));
  EXPECT_EQ(FoldersOnDisk(), 0U);
}

TEST_F(IntakeTest, RefusesAFileThatWouldEatTheReserve) {
  config_.free_reserve_bytes = std::uint64_t{1} << 60;
  EXPECT_TRUE(testing::FailsWith(intake_->Begin("m.gguf", 10, "local"), ErrorCode::kUnavailable,
                                 "not enough free space"));
  EXPECT_EQ(FoldersOnDisk(), 0U);
}

TEST_F(IntakeTest, StopsAFileThatGrowsOverTheLimitWhileItArrives) {
  config_.max_model_bytes = 8;
  auto begun = intake_->Begin("m.gguf", std::nullopt, "local");
  ASSERT_OK(begun);
  ASSERT_EQ(::write(begun->pipe.get(), "123456789", 9), 9);
  begun->pipe.Reset();
  EXPECT_TRUE(testing::FailsWith(Run(intake_->Commit(begun->id, 9)), ErrorCode::kInvalidArgument,
                                 "too large"));
  EXPECT_EQ(FoldersOnDisk(), 0U);
}

TEST_F(IntakeTest, AbortLeavesNothingBehindAndMayBeRepeated) {
  auto begun = intake_->Begin("m.gguf", 10, "local");
  ASSERT_OK(begun);
  EXPECT_OK(intake_->Abort(begun->id));
  EXPECT_OK(intake_->Abort(begun->id));
  EXPECT_EQ(FoldersOnDisk(), 0U);
}

TEST_F(IntakeTest, AbortCannotTouchACommittedClaim) {
  const auto id = Import("m.gguf", "x");
  EXPECT_TRUE(testing::FailsWith(intake_->Abort(*id), ErrorCode::kDenied));
}

TEST_F(IntakeTest, TakesSeveralUploadsAtATimeAndThenSaysSo) {
  std::vector<Intake::Begun> begun;
  for (std::size_t i = 0; i < Intake::kMaxUploads; ++i) {
    auto one = intake_->Begin("m.gguf", 1, "local");
    ASSERT_OK(one);
    begun.push_back(*std::move(one));
  }
  EXPECT_TRUE(testing::FailsWith(intake_->Begin("m.gguf", 1, "local"), ErrorCode::kUnavailable,
                                 "too many"));
}

}  // namespace
}  // namespace secai::quarantine

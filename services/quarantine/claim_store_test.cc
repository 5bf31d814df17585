#include "quarantine/claim_store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "quarantine/testing/quarantine_fixture.h"

namespace secai::quarantine {
namespace {

namespace fs = std::filesystem;

class ClaimStoreTest : public QuarantineFixture {
 public:
  std::string Imported() {
    const auto id = Import("m.gguf", "bytes");
    EXPECT_OK(id);
    return *id;
  }
  fs::path ArtifactOf(const std::string& id) const { return dir_.path() / id / "artifact"; }
};

TEST_F(ClaimStoreTest, FindsEveryClaimAgainAfterARestart) {
  const std::string id = Imported();
  Claim claim = *store_->Find(id);
  claim.state = ClaimState::kRejected;
  claim.rejection = Rejection{.stage = 2, .rule = "P-1", .offset = 0, .reason = "a pickle"};
  ASSERT_OK(store_->Save(claim));
  Reopen();
  ASSERT_NE(store_->Find(id), nullptr);
  EXPECT_EQ(ClaimToJson(*store_->Find(id)), ClaimToJson(claim));
}

TEST_F(ClaimStoreTest, KeepsAndNamesAJournalThatCannotBeRead) {
  const std::string id = Imported();
  std::ofstream(dir_.path() / id / "claim.json") << "{\"id\":";
  Reopen();
  EXPECT_EQ(store_->Find(id), nullptr);
  EXPECT_EQ(store_->unreadable(), std::vector<std::string>{id});
  EXPECT_TRUE(fs::exists(ArtifactOf(id)));
}

TEST_F(ClaimStoreTest, RemovesAFolderThatNeverGotAJournal) {
  fs::create_directory(dir_.path() / "aaaaaaaaaaaaaaaa");
  Reopen();
  EXPECT_EQ(FoldersOnDisk(), 0U);
}

TEST_F(ClaimStoreTest, IgnoresWhatItDidNotMake) {
  fs::create_directory(dir_.path() / "notes");
  Reopen();
  EXPECT_EQ(FoldersOnDisk(), 1U);
  EXPECT_TRUE(store_->List().empty());
}

TEST_F(ClaimStoreTest, RefusesAnArtifactThatBecameALinkOrGotASecondName) {
  const std::string id = Imported();
  fs::create_hard_link(ArtifactOf(id), dir_.path() / "other");
  EXPECT_TRUE(testing::FailsWith(store_->OpenArtifact(id), ErrorCode::kDenied, "hard link"));
  fs::remove(ArtifactOf(id));
  fs::create_symlink("/etc/passwd", ArtifactOf(id));
  EXPECT_TRUE(testing::FailsWith(store_->OpenArtifact(id), ErrorCode::kDenied, "symbolic link"));
  fs::remove(ArtifactOf(id));
  ASSERT_EQ(::mkfifo(ArtifactOf(id).c_str(), 0600), 0);
  EXPECT_TRUE(testing::FailsWith(store_->OpenArtifact(id), ErrorCode::kDenied, "regular file"));
}

TEST_F(ClaimStoreTest, NeverTakesATextForAPath) {
  EXPECT_TRUE(testing::FailsWith(store_->OpenArtifact("../../etc"), ErrorCode::kInvalidArgument));
  EXPECT_TRUE(testing::FailsWith(store_->RemoveFromDisk(".."), ErrorCode::kInvalidArgument));
}

TEST_F(ClaimStoreTest, GivesWatchersOnlyWhatChanged) {
  const std::string first = Imported();
  const auto before = store_->ChangesSince(0).version;
  EXPECT_TRUE(store_->ChangesSince(before).claims.empty());
  const std::string second = Imported();
  const auto changes = store_->ChangesSince(before).claims;
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].id, second);
}

}  // namespace
}  // namespace secai::quarantine

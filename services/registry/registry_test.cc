#include "registry/registry.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "base/testing/temp_dir.h"
#include "registry/testing/test_registry.h"
#include "registry/verifier.h"
#include "storage/dir_folder.h"
#include "storage/testing/memory_disk.h"

namespace secai::registry {
namespace {

using secai::testing::FailsWith;
using storage::testing::MemoryDisk;
using testing::BytesOf;
using testing::MemoryFile;
using testing::ModelOf;
using testing::TestRegistry;

class RegistryTest : public ::testing::Test {
 protected:
  // Overwrites the stored file of `bytes` by `other`, as a program of the same user could.
  void Tamper(std::string_view bytes, std::string_view other) {
    const auto objects = disk_.root()->OpenFolder("objects", storage::IfMissing::kFail).value();
    const auto file =
        objects->OpenForWriting(crypto::Sha256::Of(bytes).ToHex(), storage::IfMissing::kFail)
            .value();
    ASSERT_OK(file->Truncate(0));
    ASSERT_OK(file->Append(other));
  }

  std::vector<std::string> Objects() {
    return disk_.root()->OpenFolder("objects", storage::IfMissing::kFail).value()->List().value();
  }

  std::string Manifest() {
    const auto file = disk_.root()->OpenForReading(kManifestFileName).value();
    return storage::ReadWhole(file.get(), 1 << 24).value();
  }

  void PutManifest(std::string_view bytes) {
    const auto file =
        disk_.root()->OpenForWriting(kManifestFileName, storage::IfMissing::kFail).value();
    ASSERT_OK(file->Truncate(0));
    ASSERT_OK(file->Append(bytes));
  }

  MemoryDisk disk_;
  TestRegistry registry_{disk_.root()};
};

TEST_F(RegistryTest, GivesAdmittedBytesInSealedMemory) {
  ASSERT_OK_AND_ASSIGN(const Model model, registry_.Admit("tiny", "bytes"));
  EXPECT_EQ(model.name, "tiny");
  ASSERT_OK_AND_ASSIGN(const storage::SealedCopy copy, registry_.OpenSealed("bytes"));
  EXPECT_EQ(BytesOf(copy.memory.get()), "bytes");
  EXPECT_OK(storage::CheckSealed(copy.memory.get(), 5));
  EXPECT_EQ(Objects(),
            std::vector<std::string>{crypto::Sha256::Of(std::string_view("bytes")).ToHex()});
  ASSERT_EQ(registry_.audit.asked.size(), 1U);
  EXPECT_EQ(registry_.audit.asked[0].body.at("event").as_string(), "registry.admitted");
}

TEST_F(RegistryTest, KeepsModelsOverARestart) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  registry_.Reopen();
  ASSERT_OK(registry_.opened());
  const Catalog::Item* item = registry_->catalog().FindByName("tiny");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->model.facts.at("architecture").as_string(), "llama");
  EXPECT_EQ(item->model.admission.at("profile").as_string(), "default");
  EXPECT_OK(registry_.OpenSealed("bytes"));
}

TEST_F(RegistryTest, GivesNothingThatWasNotAdmitted) {
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kNotFound));
}

TEST_F(RegistryTest, AdmitsTheSameBytesOnce) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  ASSERT_OK_AND_ASSIGN(const Model again, registry_.Admit("other name", "bytes"));
  EXPECT_EQ(again.name, "tiny");
  EXPECT_EQ(registry_->catalog().items().size(), 1U);
  EXPECT_EQ(registry_.audit.asked.size(), 1U);
}

TEST_F(RegistryTest, GivesOtherBytesOfTheSameNameANameOfTheirOwn) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  ASSERT_OK_AND_ASSIGN(const Model second, registry_.Admit("tiny", "other bytes"));
  EXPECT_EQ(second.name, "tiny-" + second.sha256.ToHex().substr(0, 8));
  EXPECT_OK(registry_.OpenSealed("bytes"));
  EXPECT_OK(registry_.OpenSealed("other bytes"));
}

TEST_F(RegistryTest, RefusesBytesThatAreNotThoseOfTheDigest) {
  for (const char* bytes : {"bytez", "byte", "bytes!"}) {
    EXPECT_TRUE(
        FailsWith(registry_.Await(registry_->Admit(ModelOf("tiny", "bytes"), MemoryFile(bytes))),
                  ErrorCode::kCorrupt))
        << bytes;
  }
  EXPECT_TRUE(registry_->catalog().items().empty());
  EXPECT_TRUE(Objects().empty());
  EXPECT_TRUE(registry_.audit.asked.empty());
}

TEST_F(RegistryTest, AdmitsNothingWhileTheAuditRoomIsDown) {
  registry_.audit.is_down = true;
  EXPECT_TRUE(FailsWith(registry_.Admit("tiny", "bytes"), ErrorCode::kUnavailable));
  EXPECT_TRUE(registry_->catalog().items().empty());
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kNotFound));
  registry_.audit.is_down = false;
  EXPECT_OK(registry_.Admit("tiny", "bytes"));
}

TEST_F(RegistryTest, AdmitsNothingOnAFullDiskAndLeavesNothingBehind) {
  disk_.SetFreeBytes(3);
  EXPECT_TRUE(FailsWith(registry_.Admit("tiny", "bytes"), ErrorCode::kUnavailable));
  EXPECT_TRUE(Objects().empty());
  disk_.SetFreeBytes(100);  // The file fits, its entry does not.
  EXPECT_TRUE(FailsWith(registry_.Admit("tiny", "bytes"), ErrorCode::kUnavailable));
  EXPECT_TRUE(registry_->catalog().items().empty());
  disk_.SetFreeBytes(100'000);
  EXPECT_OK(registry_.Admit("tiny", "bytes"));
}

TEST_F(RegistryTest, WithdrawsAModelWhoseFileDiffers) {
  for (const char* other : {"bytez", "byte", "bytes!"}) {
    MemoryDisk disk;
    TestRegistry registry(disk.root());
    ASSERT_OK(registry.Admit("tiny", "bytes"));
    const auto objects = disk.root()->OpenFolder("objects", storage::IfMissing::kFail).value();
    const auto file = objects
                          ->OpenForWriting(crypto::Sha256::Of(std::string_view("bytes")).ToHex(),
                                           storage::IfMissing::kFail)
                          .value();
    ASSERT_OK(file->Truncate(0));
    ASSERT_OK(file->Append(other));
    EXPECT_TRUE(FailsWith(registry.OpenSealed("bytes"), ErrorCode::kCorrupt)) << other;
    EXPECT_TRUE(FailsWith(registry.OpenSealed("bytes"), ErrorCode::kDenied, "withdrawn"));
    EXPECT_EQ(registry.audit.asked.back().body.at("event").as_string(), "registry.mismatch_found");
    ASSERT_EQ(registry.quarantine.asked.size(), 1U);
    EXPECT_EQ(registry.quarantine.asked[0].method, "quarantine.withdraw");
    registry.Reopen();
    EXPECT_TRUE(FailsWith(registry.OpenSealed("bytes"), ErrorCode::kDenied, "withdrawn"));
  }
}

TEST_F(RegistryTest, WithdrawsAModelWhoseFileIsMissing) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  ASSERT_OK(disk_.root()
                ->OpenFolder("objects", storage::IfMissing::kFail)
                .value()
                ->Remove(crypto::Sha256::Of(std::string_view("bytes")).ToHex()));
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kCorrupt, "missing"));
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kDenied));
}

TEST_F(RegistryTest, BarsADifferingModelEvenWhenNobodyCanBeTold) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  Tamper("bytes", "bytez");
  registry_.audit.is_down = true;
  registry_.quarantine.is_down = true;
  disk_.SetFreeBytes(0);
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kCorrupt));
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kDenied));
}

TEST_F(RegistryTest, AdmitsAWithdrawnModelAgainAfterQuarantine) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  Tamper("bytes", "bytez");
  EXPECT_TRUE(FailsWith(registry_.Verify("bytes"), ErrorCode::kCorrupt));
  ASSERT_OK_AND_ASSIGN(const Model again, registry_.Admit("tiny", "bytes"));
  EXPECT_EQ(again.name, "tiny");
  EXPECT_OK(registry_.OpenSealed("bytes"));
  registry_.Reopen();
  EXPECT_OK(registry_.OpenSealed("bytes"));
}

TEST_F(RegistryTest, RemovesEntryAndFileAndFreesTheName) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  ASSERT_OK(registry_.Remove("tiny"));
  EXPECT_TRUE(FailsWith(registry_.Remove("tiny"), ErrorCode::kNotFound));
  EXPECT_TRUE(FailsWith(registry_.OpenSealed("bytes"), ErrorCode::kNotFound));
  EXPECT_TRUE(Objects().empty());
  EXPECT_EQ(registry_.Admit("tiny", "other").value().name, "tiny");
}

TEST_F(RegistryTest, VerifiesEveryModelInARound) {
  ASSERT_OK(registry_.Admit("a", "first"));
  ASSERT_OK(registry_.Admit("b", "second"));
  Tamper("second", "sekond");
  const auto round = registry_.Await(VerifyOnce(&*registry_));
  EXPECT_EQ(round.models, 2);
  EXPECT_EQ(round.mismatches, 1);
  EXPECT_TRUE(registry_->catalog().FindByName("b")->is_withdrawn);
  EXPECT_FALSE(registry_->catalog().FindByName("a")->is_withdrawn);
}

TEST_F(RegistryTest, OpensNothingWhenAnyBitOfTheManifestDiffers) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  const std::string manifest = Manifest();
  const auto flip = [&](std::size_t at) {
    std::string changed = manifest;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    return changed;
  };
  for (std::size_t at = 0; at < manifest.size(); at += 7) {
    // The name of the key is a hint that nothing depends on; it is not signed.
    if (const std::size_t hint = manifest.rfind("\"keyid\":\"", at);
        hint != std::string::npos && at >= hint + 9 && at < hint + 25) {
      continue;
    }
    PutManifest(flip(at));
    registry_.Reopen();
    EXPECT_TRUE(FailsWith(registry_.opened(), ErrorCode::kCorrupt, "the manifest is not intact"))
        << at;
  }
  PutManifest(manifest);
  registry_.Reopen();
  EXPECT_OK(registry_.opened());
}

TEST_F(RegistryTest, OpensNothingWhenLinesAreMissingMovedOrRepeated) {
  ASSERT_OK(registry_.Admit("a", "first"));
  ASSERT_OK(registry_.Admit("b", "second"));
  std::vector<std::string> lines;
  std::string_view rest;
  const std::string manifest = Manifest();
  for (rest = manifest; !rest.empty(); rest.remove_prefix(lines.back().size())) {
    lines.emplace_back(rest.substr(0, rest.find('\n') + 1));
  }
  ASSERT_EQ(lines.size(), 3U);
  for (const std::string& changed :
       {lines[1] + lines[2], lines[0] + lines[2], lines[0] + lines[2] + lines[1],
        manifest + lines[2], lines[0] + lines[0] + lines[1] + lines[2],
        std::string("\n") + manifest, std::string()}) {
    PutManifest(changed);
    registry_.Reopen();
    EXPECT_TRUE(FailsWith(registry_.opened(), ErrorCode::kCorrupt)) << changed.size();
  }
}

TEST_F(RegistryTest, NeverBeginsAnewOverModelsThatAreThere) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  registry_.Close();
  const std::string manifest = Manifest();
  ASSERT_OK(disk_.root()->Remove(kManifestFileName));
  registry_.Reopen();
  EXPECT_TRUE(FailsWith(registry_.opened(), ErrorCode::kCorrupt, "the manifest is missing"));
  EXPECT_EQ(Objects().size(), 1U);
  ASSERT_OK(disk_.root()->CreateExclusive(kManifestFileName, 0600).value()->Append(manifest));
  ASSERT_OK(disk_.root()->Remove("key"));
  registry_.Reopen();
  EXPECT_TRUE(FailsWith(registry_.opened(), ErrorCode::kCorrupt, "the signing key is missing"));
}

TEST_F(RegistryTest, CutsATornLineOfTheManifestAndGoesOn) {
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  PutManifest(Manifest() + "{\"payload\":\"abc");
  registry_.Reopen();
  ASSERT_OK(registry_.opened());
  EXPECT_OK(registry_.Admit("other", "more"));
  registry_.Reopen();
  EXPECT_EQ(registry_->catalog().items().size(), 2U);
}

TEST_F(RegistryTest, TellsWhoWatchesOfEachChange) {
  const std::uint64_t before = registry_->version();
  ASSERT_OK(registry_.Admit("tiny", "bytes"));
  const std::uint64_t after_admission = registry_->version();
  EXPECT_GT(after_admission, before);
  ASSERT_OK(registry_.Remove("tiny"));
  EXPECT_GT(registry_->version(), after_admission);
}

// At every step and under every survival: what was acknowledged holds, nothing is half admitted,
// every listed model opens, and no file is there without an entry.
TEST(RegistryCrashTest, HoldsAtEveryCut) {
  using storage::testing::Survival;
  for (const Survival survival :
       {Survival::kOnlySynced, Survival::kEverything, Survival::kTornData}) {
    bool has_finished = false;
    for (int step = 1; !has_finished; ++step) {
      MemoryDisk disk;
      bool has_a = false;
      bool has_b = false;
      bool has_removed_a = false;
      disk.CutPowerAtStep(step);
      {
        TestRegistry registry(disk.root());
        if (registry.opened().has_value()) {
          has_a = registry.Admit("a", "first").has_value();
          has_b = has_a && registry.Admit("b", "second").has_value();
          has_removed_a = has_b && registry.Remove("a").has_value();
        }
      }
      has_finished = !disk.is_dead();
      EXPECT_TRUE(has_removed_a || !has_finished) << step;
      disk.Reboot(survival);
      TestRegistry registry(disk.root());
      ASSERT_OK(registry.opened()) << step;
      const Catalog& catalog = registry->catalog();
      EXPECT_TRUE(!has_b || catalog.FindByName("b") != nullptr) << step;
      EXPECT_TRUE(!has_removed_a || catalog.FindByName("a") == nullptr) << step;
      EXPECT_TRUE(!has_a || has_b || catalog.FindByName("a") != nullptr) << step;
      const auto objects =
          disk.root()->OpenFolder("objects", storage::IfMissing::kFail).value()->List().value();
      EXPECT_EQ(objects.size(), catalog.items().size()) << step;
      for (const char* bytes : {"first", "second"}) {
        if (catalog.FindByDigest(crypto::Sha256::Of(std::string_view(bytes))) == nullptr) continue;
        EXPECT_OK(registry.OpenSealed(bytes)) << step;
      }
      // And it can be used: what was asked for is asked again.
      EXPECT_OK(registry.Admit("a", "first")) << step;
      EXPECT_OK(registry.Admit("b", "second")) << step;
    }
  }
}

TEST(RegistryOnDiskTest, WorksOnARealFolder) {
  TempDir temp;
  storage::DirFolder folder{UniqueFd(::dup(temp.fd()))};
  TestRegistry registry(&folder);
  ASSERT_OK(registry.opened());
  const std::string bytes(3'000'000, 'x');
  ASSERT_OK(registry.Admit("large", bytes));
  EXPECT_OK(registry.Verify(bytes));
  registry.Reopen();
  EXPECT_EQ(registry.OpenSealed(bytes).value().bytes, bytes.size());
  EXPECT_EQ(folder.List().value(),
            (std::vector<std::string>{"key", "key.pub", "manifest.jsonl", "objects"}));
}

}  // namespace
}  // namespace secai::registry

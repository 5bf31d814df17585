#include "registry/catalog.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "crypto/sha256.h"

namespace secai::registry {
namespace {

using testing::FailsWith;
using Action = ManifestRecord::Action;

ManifestRecord Admission(std::string_view name, std::string_view bytes) {
  ManifestRecord record;
  record.seq = 1;
  record.action = Action::kAdmit;
  record.model = Model{.name = std::string(name), .sha256 = crypto::Sha256::Of(bytes)};
  return record;
}

ManifestRecord ChangeOf(Action action, std::string_view name) {
  ManifestRecord record;
  record.seq = 1;
  record.action = action;
  record.name = name;
  return record;
}

TEST(CatalogTest, AddsUpTheRecords) {
  Catalog catalog;
  ASSERT_OK(catalog.Apply(Admission("a", "1")));
  ASSERT_OK(catalog.Apply(Admission("b", "2")));
  ASSERT_OK(catalog.Apply(ChangeOf(Action::kWithdraw, "b")));
  ASSERT_OK(catalog.Apply(ChangeOf(Action::kRemove, "a")));
  EXPECT_EQ(catalog.FindByName("a"), nullptr);
  EXPECT_EQ(catalog.FindByName("b")->status(), "withdrawn");
  ASSERT_OK(catalog.Apply(Admission("b", "2")));
  EXPECT_EQ(catalog.FindByName("b")->status(), "admitted");
}

TEST(CatalogTest, RefusesRecordsThatDoNotFit) {
  Catalog catalog;
  ASSERT_OK(catalog.Apply(Admission("a", "1")));
  for (const ManifestRecord& record :
       {Admission("a", "1"), Admission("a", "2"), Admission("b", "1"),
        ChangeOf(Action::kRemove, "b"), ChangeOf(Action::kWithdraw, "b"),
        ChangeOf(Action::kBegin, "")}) {
    EXPECT_TRUE(FailsWith(catalog.Apply(record), ErrorCode::kCorrupt));
  }
  EXPECT_EQ(catalog.items().size(), 1U);
}

TEST(CatalogTest, GivesEachVersionANameOfItsOwn) {
  Catalog catalog;
  const crypto::Digest second = crypto::Sha256::Of(std::string_view("2"));
  const std::string digest = second.ToHex();
  EXPECT_EQ(catalog.FreeName("a", second), "a");
  ASSERT_OK(catalog.Apply(Admission("a", "1")));
  EXPECT_EQ(catalog.FreeName("a", second), "a-" + digest.substr(0, 8));
  ASSERT_OK(catalog.Apply(Admission("a-" + digest.substr(0, 8), "3")));
  EXPECT_EQ(catalog.FreeName("a", second), "a-" + digest.substr(0, 16));
}

TEST(CatalogTest, CutsALongNameAtACharacterSoThatTheEndingFits) {
  Catalog catalog;
  std::string wide;
  while (wide.size() + 2 <= kMaxNameBytes) wide += "\xC3\xA9";
  ASSERT_OK(catalog.Apply(Admission(wide, "1")));
  const std::string free = catalog.FreeName(wide, crypto::Sha256::Of(std::string_view("2")));
  EXPECT_LE(free.size(), kMaxNameBytes);
  EXPECT_TRUE(IsModelName(free)) << free;
}

TEST(ModelNameTest, IsGoodForAPathPartAndATerminal) {
  EXPECT_TRUE(IsModelName("SmolLM2-135M-Instruct.Q4_1"));
  EXPECT_TRUE(IsModelName("gr\xC3\xBC\xC3\x9F"));
  for (const std::string& name :
       {std::string(), std::string(".a"), std::string("a/b"), std::string("a\\b"),
        std::string("a\nb"), std::string("a\xE2\x80\xAE"), std::string("\xFF"),
        std::string(kMaxNameBytes + 1, 'a')}) {
    EXPECT_FALSE(IsModelName(name));
  }
}

}  // namespace
}  // namespace secai::registry

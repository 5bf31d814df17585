#include "inference/worker/slot_table.h"

#include <gtest/gtest.h>

namespace secai::inference {
namespace {

class SlotTableTest : public ::testing::Test {
 protected:
  // One whole request: takes a slot, computes all of `tokens`, gives it back.
  SlotChoice Serve(std::string_view identity, const std::vector<Token>& tokens) {
    const auto choice = table_.Take(identity, tokens);
    EXPECT_TRUE(choice.has_value());
    table_.at(choice->slot).tokens = tokens;
    table_.Release(choice->slot);
    return *choice;
  }

  SlotTable table_{2};
};

TEST_F(SlotTableTest, ContinuedConversationReusesItsTokens) {
  const SlotChoice first = Serve("me", {1, 2, 3});
  EXPECT_EQ(first.reused_tokens, 0U);
  const SlotChoice second = Serve("me", {1, 2, 3, 4, 5});
  EXPECT_EQ(second.slot, first.slot);
  EXPECT_EQ(second.reused_tokens, 3U);
}

TEST_F(SlotTableTest, RepeatedPromptComputesOneTokenAgain) {
  Serve("me", {1, 2, 3});
  EXPECT_EQ(Serve("me", {1, 2, 3}).reused_tokens, 2U);
}

TEST_F(SlotTableTest, TokensOfAnotherIdentityAreNeverReused) {
  Serve("me", {1, 2, 3});
  Serve("me", {7, 8, 9});
  EXPECT_EQ(Serve("you", {1, 2, 3, 4}).reused_tokens, 0U);
  EXPECT_EQ(Serve("", {7, 8, 9, 4}).reused_tokens, 0U);
}

TEST_F(SlotTableTest, NewConversationLeavesTheKeptOnesAlone) {
  const SlotChoice first = Serve("me", {1, 2, 3});
  const SlotChoice second = Serve("me", {7, 8, 9});
  EXPECT_NE(first.slot, second.slot);
  // Both are full: the one unused for longest goes.
  EXPECT_EQ(Serve("me", {4, 4, 4}).slot, first.slot);
}

TEST_F(SlotTableTest, BusySlotsAreNotGiven) {
  EXPECT_TRUE(table_.Take("a", {1}));
  EXPECT_TRUE(table_.Take("b", {1}));
  EXPECT_FALSE(table_.Take("c", {1}));
  table_.Release(1);
  EXPECT_EQ(table_.Take("c", {1})->slot, 1U);
}

TEST_F(SlotTableTest, ForgottenTokensAreNotReused) {
  const SlotChoice first = Serve("me", {1, 2, 3});
  table_.Forget(first.slot);
  EXPECT_EQ(Serve("me", {1, 2, 3, 4}).reused_tokens, 0U);
}

}  // namespace
}  // namespace secai::inference

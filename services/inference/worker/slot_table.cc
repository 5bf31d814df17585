#include "inference/worker/slot_table.h"

#include <algorithm>

namespace secai::inference {
namespace {

std::size_t CommonPrefix(const std::vector<Token>& kept, const std::vector<Token>& prompt) {
  // The last token of the prompt is computed again: its row says what comes next.
  const std::size_t limit = std::min(kept.size(), prompt.size() - 1);
  std::size_t common = 0;
  while (common < limit && kept[common] == prompt[common]) ++common;
  return common;
}

}  // namespace

std::optional<SlotChoice> SlotTable::Take(std::string_view identity,
                                          const std::vector<Token>& prompt) {
  std::optional<SlotChoice> best;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (slot.is_busy) continue;
    const std::size_t reused = slot.identity == identity ? CommonPrefix(slot.tokens, prompt) : 0;
    if (!best || reused > best->reused_tokens) {
      best = SlotChoice{.slot = i, .reused_tokens = reused};
      continue;
    }
    if (reused < best->reused_tokens || reused > 0) continue;
    // Nothing to save in either: keep what another conversation may come back to.
    const Slot& other = slots_[best->slot];
    if (slot.tokens.empty() != other.tokens.empty()
            ? slot.tokens.empty()
            : !slot.tokens.empty() && slot.last_used < other.last_used) {
      best = SlotChoice{.slot = i, .reused_tokens = 0};
    }
  }
  if (!best) return std::nullopt;
  Slot& slot = slots_[best->slot];
  slot.is_busy = true;
  slot.identity = identity;
  slot.tokens.resize(best->reused_tokens);
  return best;
}

void SlotTable::Release(std::size_t slot) {
  slots_[slot].is_busy = false;
  slots_[slot].last_used = ++clock_;
}

}  // namespace secai::inference

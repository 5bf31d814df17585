#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/worker/vocabulary.h"

namespace secai::inference {

// What the engine's memory holds for one sequence.
struct Slot {
  bool is_busy = false;
  std::string identity;       // Whose tokens these are.
  std::vector<Token> tokens;  // Computed and kept; token i at position i.
  std::uint64_t last_used = 0;
};

struct SlotChoice {
  std::size_t slot = 0;
  std::size_t reused_tokens = 0;  // From the beginning of the prompt; less than all of it.
};

// Who uses which sequence. Thread-safety: one thread only.
class SlotTable {
 public:
  explicit SlotTable(std::size_t slots) : slots_(slots) {}

  // Takes a free slot for `prompt` (not empty): the one of the same identity that saves most
  // tokens, else an unused one, else the one unused for longest. Tokens of another identity are
  // never reused. Nothing when all are busy. The caller must shorten the engine's memory to
  // `reused_tokens`; the slot's tokens are shortened already.
  std::optional<SlotChoice> Take(std::string_view identity, const std::vector<Token>& prompt);

  // The slot is free again; what it holds may be reused.
  void Release(std::size_t slot);
  // The engine lost or never had what the slot holds.
  void Forget(std::size_t slot) { slots_[slot].tokens.clear(); }

  Slot& at(std::size_t slot) { return slots_[slot]; }
  std::size_t size() const { return slots_.size(); }

 private:
  std::vector<Slot> slots_;
  std::uint64_t clock_ = 0;
};

}  // namespace secai::inference

#pragma once

#include <map>
#include <optional>

#include "quarantine/template/size.h"

namespace secai::quarantine {

// What one round of a loop does to each variable that it changes: its new size in terms of the
// sizes at the start of the round.
using RoundEffect = std::map<int, Size>;

// How often a loop runs, and over what. `element` stands for what one round gets; over all rounds
// that is no more than `whole`.
struct Rounds {
  Size count;
  int element = 0;  // 0: there is none.
  Size whole;

  // The sum of `size` over all rounds.
  Size Sum(const Size& size) const;
  // The largest that `size` can be in one round.
  Size Largest(const Size& size) const;
};

// The sizes after the last of `rounds`, in terms of the sizes before the loop, or nothing when a
// variable takes up more than one copy of itself or of its circle in a round: then it grows
// exponentially. Also nothing with more than kMaxLoopVariables.
inline constexpr std::size_t kMaxLoopVariables = 256;
std::optional<RoundEffect> AfterRounds(const RoundEffect& effect, const Rounds& rounds);

}  // namespace secai::quarantine

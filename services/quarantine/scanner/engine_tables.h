#pragma once

#include <string_view>

namespace secai::quarantine {

// What the pinned engine knows of one architecture; made from its source by
// scripts/gen_engine_tables.py. Patterns hold "%d" for numbers ("blk.%d.attn_norm.weight").
struct EngineArchitecture {
  std::string_view name;
  bool may_lack_heads = false;  // Recurrent or hybrid: some layers have no attention heads.
  std::string_view known;  // All tensors its loader can use, separated by spaces; empty: not known.
  // The tensors it demands, as "pattern=shape"; the shape is a list of E (embedding length),
  // F (feed-forward length) and V (vocabulary), or empty when it depends on more.
  std::string_view required;
};

// Null when the engine has no such architecture.
const EngineArchitecture* FindEngineArchitecture(std::string_view name);

// True when `name` is one of the patterns in `known`. The engine loads that tensor; others it
// refuses or ignores.
bool IsKnownTensor(const EngineArchitecture& architecture, std::string_view name);

}  // namespace secai::quarantine

#pragma once

#include <string_view>

namespace secai::quarantine {

// What the pinned engine knows of one architecture; made from its source by
// scripts/gen_engine_tables.py. Patterns hold "%d" for numbers ("blk.%d.attn_norm.weight").
struct EngineArchitecture {
  std::string_view name;
  bool may_lack_heads = false;  // Recurrent or hybrid: some layers have no attention heads.
  std::string_view known;  // All tensors its loader can use, separated by spaces; empty: not known.
  // The tensors it demands, as "pattern=shape". "dense:" or "moe:" before a pattern: only of files
  // without or with experts. A shape is a list of lengths that follow from the metadata: E
  // embedding, F feed-forward, V vocabulary, X experts, C context, H head, Q all heads, K all key
  // heads, G all value heads, ? more than that; or empty.
  std::string_view required;
  // Shapes of attn_q, attn_k and attn_v, joined by '/', when each block must have them or attn_qkv.
  std::string_view qkv;
  std::string_view keys;  // Metadata keys it demands, without the architecture's prefix.
};

// Null when the engine has no such architecture.
const EngineArchitecture* FindEngineArchitecture(std::string_view name);

// True when `name` is one of the patterns in `known`. The engine loads that tensor; others it
// refuses or ignores.
bool IsKnownTensor(const EngineArchitecture& architecture, std::string_view name);

}  // namespace secai::quarantine

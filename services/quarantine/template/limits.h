#pragma once

#include <cstddef>

namespace secai::quarantine {

// Limits of a chat template, all inclusive. Source: rule T-8 of the catalogue; in brackets the
// largest value seen in the census of public templates.
struct TemplateLimits {
  std::size_t max_bytes = std::size_t{64} << 10;          // (17.8 KiB)
  std::size_t max_depth = 64;                             // Of brackets, blocks and the tree (29).
  std::size_t max_nodes = 20'000;                         // (1,331)
  std::size_t max_for_nesting = 4;                        // (3)
  std::size_t max_literal_bytes = std::size_t{16} << 10;  // One string or piece of text (5.6 KiB).
  std::size_t max_macros = 64;
  std::size_t max_chain =
      512;  // Operands of one chain a + b + c, items of one list, branches of an if.
};

}  // namespace secai::quarantine

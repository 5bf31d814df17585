#pragma once

#include "quarantine/scanner/finding.h"
#include "quarantine/scanner/gguf_header.h"

namespace secai::quarantine {

// Rules G-M2 to G-M5, G-M9 and G-M10: tokens, their scores and types, merges, special ids. Called
// by CheckGgufMetadata(). Returns false when one of them is a gate.
bool CheckGgufVocabulary(const GgufHeader& header, Findings* findings);

}  // namespace secai::quarantine

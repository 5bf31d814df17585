#pragma once

#include <cstdint>

#include "quarantine/scanner/finding.h"
#include "quarantine/scanner/gguf_header.h"

namespace secai::quarantine {

// Rules G-T4 to G-T14: every tensor's shape, type, size and place, in checked arithmetic, and that
// together they are the whole rest of the file. Sets GgufTensor::bytes.
// `file_bytes` is the size of the file. Returns false after the first finding of class gate.
// Stricter than the engine (dimensions of 0 or over 2^40, holes, padding), never more permissive.
// Cost: O(n log n). Thread-safety: pure but for `header` and `findings`.
bool CheckGgufTensors(std::uint64_t file_bytes, GgufHeader* header, Findings* findings);

// Rules G-M*: what the engine will do with the metadata must be defined. All rules are tried;
// returns false when one of them is a gate.
bool CheckGgufMetadata(const GgufHeader& header, Findings* findings);

// Rule G-T15: the tensors that the architecture's loader demands are there, with its shapes (gate);
// tensors that it does not know are named (review).
bool CheckGgufArchitecture(const GgufHeader& header, Findings* findings);

}  // namespace secai::quarantine

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/scanner/artifact_hasher.h"
#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/entropy.h"
#include "quarantine/scanner/finding.h"
#include "quarantine/scanner/float_check.h"

namespace secai::quarantine {

// One tensor's bytes in the file.
struct DataRegion {
  std::string name;
  std::uint64_t offset = 0;  // In the file.
  std::uint64_t bytes = 0;
  DataLayout layout;
  double max_entropy = kMaxEntropy;
};

struct DataPassOptions {
  std::string_view broken_rule = "G-D1";        // Floats.
  std::string_view broken_block_rule = "G-D2";  // Block scales.
  std::string_view padding_rule = "G-T14";
  double entropy_shift = 0;  // Added to every limit (policy: entropy_threshold - 7.5).
  std::function<void(double)> progress = {};  // 0 to 1 of the file, at every block.
};

// Reads the data section of a file from the stream's position to its end: every byte belongs to one
// region or to padding, which must be zero. Checks floats and scales (G-D1, G-D2, S-D1) and entropy
// (P-5), and hands each region to `hasher`.
//
// `regions` are in file order, do not overlap, and lie behind the stream's position. Returns false
// when the file could not be read (F-1 was added); other findings do not stop it, so that a report
// shows them all. Thread-safety: one thread.
bool RunDataPass(ByteStream* stream, const std::vector<DataRegion>& regions,
                 const DataPassOptions& options, ArtifactHasher* hasher, Findings* findings);

// The region that holds the byte at `offset`, or null.
const DataRegion* FindRegion(const std::vector<DataRegion>& regions, std::uint64_t offset);

}  // namespace secai::quarantine

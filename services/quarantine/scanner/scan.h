#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/scanner/byte_source.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

// What the owner's policy may tune. No member switches a stage off.
struct ScanPolicy {
  std::uint64_t max_bytes = std::uint64_t{50} << 30;
  bool allows_gguf = true;
  bool allows_safetensors = true;
  // 7.5 leaves every tensor type its own limit (encoding.h); more or less moves them all by as
  // much.
  double entropy_threshold = 7.5;
  bool has_threads =
      true;  // Hashing beside scanning. Without: one thread, less than half the speed.
};

// How one stage ended. Stages that were not reached are not in a report.
struct StageOutcome {
  enum class Result : std::uint8_t { kPass, kFail, kSkip };
  int number = 0;  // 2, 3, 5 or 7.
  Result result = Result::kPass;
  std::string detail;  // One sentence.
};

// What is known of a file whose format passed.
struct ArtifactFacts {
  std::string architecture;  // GGUF: "llama". Empty when unknown, as are the next two.
  std::string quantization;  // "Q4_K_M"; safetensors: the type of most bytes.
  std::string name;          // As the file calls itself, escaped.
  std::uint64_t parameters = 0;
  std::optional<std::uint64_t> context_length;  // Tokens.
  std::uint64_t tensors = 0;
  std::string chat_template;  // At most 64 KiB; empty when there is none.
  bool has_template = false;
  std::string
      fingerprint;       // 64 hex digits over structure alone: equal for two trainings of a model.
  std::string manifest;  // "sha256-merkle-1:<64 hex digits>:<tensors>", see manifest.h.
};

enum class Verdict : std::uint8_t { kPass, kReview, kRefuse };

// The scanner's whole answer about one file.
struct ArtifactReport {
  Verdict verdict = Verdict::kRefuse;
  std::string format;  // "gguf", "safetensors", or empty.
  std::string sha256;  // Empty when the file was refused before it was read to its end.
  std::uint64_t bytes = 0;
  std::vector<StageOutcome> stages;
  std::vector<Finding> findings;
  std::size_t dropped_findings = 0;  // Not listed, for there were too many.
  ArtifactFacts facts;
};

// Is told how far a stage is, 0 to 1, about every MiB.
using ScanProgress = std::function<void(int stage, double share)>;

// Judges one file: stages 2 (format), 3 (digest), 5 (hidden payloads) and 7 (not applicable), in
// one sequential read. `name` is the name the user gave the file.
//
// A file that fails stage 2 is not read on (small ones are, for their digest). Never fails:
// whatever cannot be judged is a finding of class gate. Memory: about 60 MiB at most.
// Thread-safety: one thread; starts two of its own if the policy says so. Trust: file and name are
// hostile.
ArtifactReport ScanArtifact(const ByteSource& source, std::string_view name,
                            const ScanPolicy& policy, const ScanProgress& progress = {});

}  // namespace secai::quarantine

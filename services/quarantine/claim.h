#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

inline constexpr int kStageCount = 7;
// Names of the stages, as users see them. Source: the product's FAQ, "How does the quarantine
// pipeline work?".
std::string_view StageName(int number);

// The journal's states, in the order of a good import. `passed` means that all stages are done and
// the registry has not answered yet: at start that step is repeated, which the digest makes
// harmless.
enum class ClaimState : std::uint8_t {
  kReceiving,  // Bytes are arriving; rolled back at start.
  kReceived,   // All bytes are on disk; stages follow, also after a restart.
  kChecking,   // A stage runs.
  kWaiting,    // Ready to go on, but something is missing (memory for the probe, a room that is
               // down).
  kPassed,
  kPromoted,   // Done: the registry has it, and the file here is gone.
  kRejected,   // Done: the file stays, unusable, until it is discarded or submitted again.
  kDiscarded,  // Done: the file is gone.
};
std::string_view ToString(ClaimState state);

enum class StageResult : std::uint8_t { kPending, kRunning, kPass, kFail, kSkip };
std::string_view ToString(StageResult result);

struct StageRecord {
  StageResult result = StageResult::kPending;
  std::string detail;     // One sentence.
  double progress = 0.0;  // 0 to 1.
  double seconds = 0.0;
  std::vector<Finding> findings;
};

// Why a file was refused: the first stage that failed, and its first gate.
struct Rejection {
  int stage = 0;
  std::string rule;
  std::optional<std::uint64_t> offset;  // Bytes from the start of the file.
  std::string reason;
};

// One file on its way through quarantine. Plain value.
struct Claim {
  std::string id;           // 16 base32 characters, unguessable; also the folder's name.
  std::string name;         // The file's own name (ValidateFileName).
  std::string source;       // "local", or the URL it came from.
  std::uint64_t bytes = 0;  // Announced while receiving (0: unknown), then the file's size.
  std::uint64_t received_bytes = 0;
  std::string sha256;  // 64 lower-case hex digits once stage 3 has run.
  std::string format;  // "gguf" or "safetensors" once stage 2 has passed.
  ClaimState state = ClaimState::kReceiving;
  int stage = 0;  // The one that runs or ran last; 0 before the first.
  std::array<StageRecord, kStageCount> stages;
  std::optional<Rejection> rejection;
  int trust_level = 0;  // 1 to 4 after stage 4; 0 before.
  int attempts = 0;     // Times the stages were started.
  Clock::TimePoint created_at;
  std::optional<Clock::TimePoint> finished_at;
  std::string model;  // The registry's name once promoted.
  std::string note;   // Of a waiting claim: what it waits for.

  StageRecord& stage_record(int number) { return stages.at(static_cast<std::size_t>(number - 1)); }
  const StageRecord& stage_record(int number) const {
    return stages.at(static_cast<std::size_t>(number - 1));
  }
};

// The claim of docs/links.md; the same form is kept on disk (docs/formats/quarantine-claim.md).
boost::json::object ClaimToJson(const Claim& claim);
// Errors: kCorrupt, naming the member: what we wrote ourselves must be readable.
Result<Claim> ClaimFromJson(const boost::json::object& object);

// A name that may be a file's: 1 to 255 bytes of UTF-8, no separator, control or bidi character, no
// leading dot. Errors: kInvalidArgument saying what is wrong. Source: quarantine rules section 2,
// "Intake".
Result<> ValidateFileName(std::string_view name);

}  // namespace secai::quarantine

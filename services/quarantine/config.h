#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace secai::quarantine {

// The part of the policy that this room obeys (docs: etc/policy.yaml, sections quarantine and
// models).
struct QuarantineConfig {
  enum class Profile : std::uint8_t { kDefault, kStrict };

  Profile profile = Profile::kDefault;
  std::vector<std::string> source_allowlist;  // Used once files can be downloaded.
  bool require_signature = false;
  std::map<std::string, std::string, std::less<>> pins;  // File name to SHA-256 in hex.
  std::vector<std::string> blocked_hashes;               // 64 lower-case hex digits each.
  double max_flag_rate = 0.3;             // Of scored smoke-test flags; strict profile only.
  int max_critical_flags = 1;             // Likewise.
  double entropy_threshold = 7.5;         // Bits a byte; moves the limits by tensor type.
  std::chrono::minutes timeout{30};       // Of the whole pipeline for one file.
  std::chrono::minutes scan_timeout{15};  // Of the scanner.
  std::uint64_t free_reserve_bytes = std::uint64_t{2048} << 20;
  std::uint64_t max_model_bytes = std::uint64_t{50} << 30;
  std::vector<std::string> allowed_formats = {"gguf", "safetensors"};

  bool auto_promote = true;  // False: what has passed waits.

  bool is_strict() const { return profile == Profile::kStrict; }
};

// A pure function; the policy has been checked by its parser.
QuarantineConfig MakeConfig(const policy::Policy& policy);

}  // namespace secai::quarantine

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secai::policy {

inline constexpr std::size_t kMaxPolicyBytes = std::size_t{1} << 20;

// What the owner decides: etc/secure-ai/policy/policy.yaml, whole, for every room, built or not.
// The defaults are here; each key is explained in the shipped etc/policy.yaml. Plain value. No key
// switches a quarantine stage off, and none opens the airlock to plain HTTP or without scans.

struct QuarantinePolicy {
  enum class Profile : std::uint8_t { kDefault, kStrict };

  Profile profile = Profile::kDefault;  // Strict: a finding of class "review" refuses as well.
  // Hosts that a download may come from, lower-case; a local import needs none.
  std::vector<std::string> source_allowlist = {"huggingface.co", "registry.ollama.ai"};
  bool require_signature = false;
  // File name -> SHA-256 (64 lower-case hex digits) that a file of this name must have.
  std::map<std::string, std::string> pins;
  std::vector<std::string> blocked_hashes;  // SHA-256 in hex; refused whatever else holds.
  double max_flag_rate = 0.3;               // 0 to 1: share of scored flags, strict profile only.
  std::int64_t max_critical_flags = 1;      // 0 to 100, strict profile only.
  std::int64_t smoke_test_prompts = 22;     // 22 to 200: at least the documented number.
  std::int64_t smoke_test_categories = 10;  // 10 to 20.
  double entropy_threshold = 7.5;           // 7 to 8 bits a byte: tunes the rule by tensor type.
  std::int64_t timeout_minutes = 30;        // 1 to 1440, all stages of one file.
  std::int64_t free_reserve_mb = 2048;      // 0 to 1048576 MiB of the disk that stay free.
};

struct GgufGuardPolicy {
  bool generate_manifest = true;
  bool generate_fingerprint = true;
  bool anomaly_detection = true;
  std::int64_t max_scan_time_minutes = 15;  // 1 to 1440, stage 5 of one file.
};

struct ModelsPolicy {
  std::int64_t max_model_size_gb = 50;                                 // 1 to 1024 GiB.
  std::vector<std::string> allowed_formats = {"gguf", "safetensors"};  // A subset of these.
  bool auto_promote = true;  // False: a model that passed waits for the owner's word.
};

struct VaultPolicy {
  std::int64_t auto_lock_minutes = 15;  // 0 (never) to 1440.
};

struct EmergencyPolicy {
  enum class PanicAction : std::uint8_t { kLock, kLockAndShutdown };
  PanicAction panic_action = PanicAction::kLock;
};

struct SearchPolicy {
  bool enabled = false;
};

// What one destination of the airlock may be used for beyond downloads.
struct DestinationPolicy {
  enum class Action : std::uint8_t { kBlock, kLog, kAllow };

  std::vector<std::string> methods = {"GET",
                                      "HEAD"};  // Upper-case, of GET HEAD POST PUT PATCH DELETE.
  std::vector<std::string> paths;               // Prefixes beginning with "/"; empty = all.
  std::map<std::string, Action> pii;            // Class -> action; a class not named blocks.
  std::vector<std::string> credentials;         // "hmac-sha256:" and 64 hex digits.
  std::vector<std::string> allow_addresses;     // Addresses or prefixes of a private mirror.
  std::string ca_file;                          // Absolute path, or empty: the system's.
};

struct AirlockPolicy {
  bool enabled = false;
  // Host names, lower-case ASCII. The denylist wins; "*.example.net" there means all below.
  std::vector<std::string> destination_allowlist = {"huggingface.co", "registry.ollama.ai"};
  std::vector<std::string> destination_denylist;
  // Host -> hosts that may redirect to it; it is reachable in no other way.
  std::map<std::string, std::vector<std::string>> redirect_only;
  std::map<std::string, DestinationPolicy> destinations;
  std::int64_t rate_limit = 30;        // 1 to 600 requests in any 60 s.
  std::int64_t max_body_size_mb = 10;  // 1 to 100 MiB of a request body.
  bool nat64 = false;
  std::string resolver = "system";  // Or an IP address with optional ":port".
};

struct ToolsPolicy {
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  std::vector<std::string> path_allowlist;  // Absolute paths.
  std::vector<std::string> args_blocklist = {"../", "/etc/", "/usr/"};
  std::int64_t max_arg_length = 4096;  // 1 to 1048576 bytes.
  std::int64_t rate_limit = 120;       // 1 to 6000 calls a minute.
  std::int64_t rate_burst = 20;        // 1 to 1000.
};

struct Policy {
  QuarantinePolicy quarantine;
  GgufGuardPolicy gguf_guard;
  ModelsPolicy models;
  VaultPolicy vault;
  EmergencyPolicy emergency;
  SearchPolicy search;
  AirlockPolicy airlock;
  ToolsPolicy tools;
};

// The one strict schema. An empty text gives the defaults. A room that gets an error denies.
// Errors: kInvalidArgument "policy.yaml:41:3: airlock.enabeld: unknown key; meant enabled?", for an
// unknown or duplicate key, a wrong kind, or a value out of range. `file_name` is for messages
// only. Thread-safety: a pure function.
Result<Policy> ParsePolicy(std::string_view text, std::string_view file_name);

}  // namespace secai::policy

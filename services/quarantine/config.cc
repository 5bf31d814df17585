#include "quarantine/config.h"

namespace secai::quarantine {

QuarantineConfig MakeConfig(const policy::Policy& policy) {
  const policy::QuarantinePolicy& from = policy.quarantine;
  QuarantineConfig config;
  if (from.profile == policy::QuarantinePolicy::Profile::kStrict) {
    config.profile = QuarantineConfig::Profile::kStrict;
  }
  config.source_allowlist = from.source_allowlist;
  config.require_signature = from.require_signature;
  config.pins.insert(from.pins.begin(), from.pins.end());
  config.blocked_hashes = from.blocked_hashes;
  config.max_flag_rate = from.max_flag_rate;
  config.max_critical_flags = static_cast<int>(from.max_critical_flags);
  config.entropy_threshold = from.entropy_threshold;
  config.timeout = std::chrono::minutes(from.timeout_minutes);
  config.scan_timeout = std::chrono::minutes(policy.gguf_guard.max_scan_time_minutes);
  config.free_reserve_bytes = static_cast<std::uint64_t>(from.free_reserve_mb) << 20;
  config.max_model_bytes = static_cast<std::uint64_t>(policy.models.max_model_size_gb) << 30;
  config.allowed_formats = policy.models.allowed_formats;
  config.auto_promote = policy.models.auto_promote;
  return config;
}

}  // namespace secai::quarantine

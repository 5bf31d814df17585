// Invariant: what is accepted keeps every range that policy.h promises.
// Fuzz with -detect_leaks=0: libfyaml 0.7.12 loses 2 KiB on some quoted scalars.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/policy.h"
#include "policy/rules.h"

namespace {

void Expect(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai::policy;  // NOLINT(google-build-using-namespace): one function.
  const auto policy = ParsePolicy({reinterpret_cast<const char*>(data), size}, "f");
  if (!policy.has_value()) {
    Expect(policy.error().message.starts_with("f:"));
    return 0;
  }
  const QuarantinePolicy& quarantine = policy->quarantine;
  Expect(quarantine.max_flag_rate >= 0 && quarantine.max_flag_rate <= 1);
  Expect(quarantine.smoke_test_prompts >= 22 && quarantine.smoke_test_categories >= 10);
  Expect(quarantine.entropy_threshold >= 7 && quarantine.entropy_threshold <= 8);
  for (const auto& [name, digest] : quarantine.pins) Expect(IsFileName(name) && IsSha256(digest));
  for (const auto& digest : quarantine.blocked_hashes) Expect(IsSha256(digest));
  Expect(policy->gguf_guard.anomaly_detection);
  const AirlockPolicy& airlock = policy->airlock;
  Expect(airlock.rate_limit >= 1 && airlock.rate_limit <= 600);
  for (const auto& host : airlock.destination_allowlist) Expect(IsHost(host));
  for (const auto& [host, from] : airlock.redirect_only) {
    Expect(IsHost(host));
    for (const auto& origin : from) Expect(IsHost(origin));
  }
  for (const auto& [host, destination] : airlock.destinations) {
    Expect(IsHost(host));
    for (const auto& tag : destination.credentials) Expect(IsCredentialTag(tag));
  }
  for (const auto& path : policy->tools.path_allowlist) Expect(IsAbsolutePath(path));
  return 0;
}

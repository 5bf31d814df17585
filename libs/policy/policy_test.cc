#include "policy/policy.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "policy/rules.h"

namespace secai::policy {
namespace {

std::string MessageOf(std::string_view text) {
  const auto policy = ParsePolicy(text, "policy.yaml");
  return policy.has_value() ? "accepted" : policy.error().message;
}

std::string Digest(char digit) { return std::string(64, digit); }

TEST(PolicyTest, ShippedFileSaysTheDefaults) {
  std::ifstream file(SECAI_SHIPPED_POLICY);
  ASSERT_TRUE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_OK_AND_ASSIGN(const Policy shipped, ParsePolicy(text, "policy.yaml"));
  const Policy defaults;
  EXPECT_EQ(shipped.quarantine.profile, defaults.quarantine.profile);
  EXPECT_EQ(shipped.quarantine.source_allowlist, defaults.quarantine.source_allowlist);
  EXPECT_EQ(shipped.quarantine.max_flag_rate, defaults.quarantine.max_flag_rate);
  EXPECT_EQ(shipped.quarantine.smoke_test_prompts, defaults.quarantine.smoke_test_prompts);
  EXPECT_EQ(shipped.quarantine.entropy_threshold, defaults.quarantine.entropy_threshold);
  EXPECT_EQ(shipped.quarantine.timeout_minutes, defaults.quarantine.timeout_minutes);
  EXPECT_EQ(shipped.quarantine.free_reserve_mb, defaults.quarantine.free_reserve_mb);
  EXPECT_EQ(shipped.gguf_guard.max_scan_time_minutes, defaults.gguf_guard.max_scan_time_minutes);
  EXPECT_EQ(shipped.models.max_model_size_gb, defaults.models.max_model_size_gb);
  EXPECT_EQ(shipped.models.allowed_formats, defaults.models.allowed_formats);
  EXPECT_EQ(shipped.models.auto_promote, defaults.models.auto_promote);
  EXPECT_EQ(shipped.vault.auto_lock_minutes, defaults.vault.auto_lock_minutes);
  EXPECT_EQ(shipped.emergency.panic_action, defaults.emergency.panic_action);
  EXPECT_FALSE(shipped.search.enabled);
  EXPECT_FALSE(shipped.airlock.enabled);
  EXPECT_EQ(shipped.airlock.destination_allowlist, defaults.airlock.destination_allowlist);
  EXPECT_EQ(shipped.airlock.redirect_only.size(), 8U);
  EXPECT_EQ(shipped.airlock.rate_limit, defaults.airlock.rate_limit);
  EXPECT_EQ(shipped.tools.args_blocklist, defaults.tools.args_blocklist);
  EXPECT_EQ(shipped.tools.rate_burst, defaults.tools.rate_burst);
}

TEST(PolicyTest, EmptyFileGivesTheDefaults) {
  EXPECT_EQ(ParsePolicy("", "p").value().quarantine.timeout_minutes, 30);
}

TEST(PolicyTest, ReadsWhatTheOwnerChanged) {
  ASSERT_OK_AND_ASSIGN(
      const Policy policy,
      ParsePolicy("quarantine:\n  profile: strict\n  pins: {a.gguf: " + Digest('a') +
                      "}\n  blocked_hashes: [" + Digest('b') +
                      "]\n  free_reserve_mb: 0\n"
                      "airlock:\n  enabled: true\n  allowed_destinations: [a.example]\n"
                      "  redirect_only: {c.example: [a.example]}\n"
                      "  destinations:\n    a.example: {methods: [GET, POST], paths: [/v1/], "
                      "pii: {email: allow}, allow_addresses: [10.0.0.0/8], ca_file: /etc/ca.pem}\n"
                      "emergency: {panic_action: lock_and_shutdown}\n",
                  "p"));
  EXPECT_EQ(policy.quarantine.profile, QuarantinePolicy::Profile::kStrict);
  EXPECT_EQ(policy.quarantine.pins.at("a.gguf"), Digest('a'));
  EXPECT_EQ(policy.quarantine.blocked_hashes.at(0), Digest('b'));
  EXPECT_EQ(policy.quarantine.free_reserve_mb, 0);
  EXPECT_TRUE(policy.airlock.enabled);
  EXPECT_EQ(policy.airlock.destination_allowlist, std::vector<std::string>{"a.example"});
  EXPECT_EQ(policy.airlock.redirect_only.at("c.example").at(0), "a.example");
  const DestinationPolicy& destination = policy.airlock.destinations.at("a.example");
  EXPECT_EQ(destination.methods.at(1), "POST");
  EXPECT_EQ(destination.pii.at("email"), DestinationPolicy::Action::kAllow);
  EXPECT_EQ(destination.ca_file, "/etc/ca.pem");
  EXPECT_EQ(policy.emergency.panic_action, EmergencyPolicy::PanicAction::kLockAndShutdown);
}

TEST(PolicyTest, RefusesTheWholeFileAndNamesThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"airlok: {}", "policy.yaml:1:1: airlok: unknown key; meant airlock?"},
      {"airlock:\n  enabeld: true",
       "policy.yaml:2:3: airlock.enabeld: unknown key; meant enabled?"},
      {"airlock: {enabled: yes}", "policy.yaml:1:11: airlock.enabled: true or false is needed"},
      {"airlock:\n  enabled: true\n  enabled: false", "policy.yaml:3:3: duplicate key"},
      {"airlock: {rate_limit: 0}", "policy.yaml:1:11: airlock.rate_limit: must be 1 to 600"},
      {"airlock: {rate_limit: 601}", "policy.yaml:1:11: airlock.rate_limit: must be 1 to 600"},
      {"airlock: {https_only: false}",
       "policy.yaml:1:11: airlock.https_only: only HTTPS leaves this machine"},
      {"airlock: {pii_scan: false}",
       "policy.yaml:1:11: airlock.pii_scan: everything that leaves is scanned"},
      {"airlock: {credential_scan: false}",
       "policy.yaml:1:11: airlock.credential_scan: everything that leaves is scanned"},
      {"airlock: {destination_allowlist: [Huggingface.co]}",
       "policy.yaml:1:35: airlock.destination_allowlist[0]: must be a lower-case host name such as "
       "huggingface.co"},
      {"airlock: {destination_allowlist: [a.b, 1.2.3.4]}",
       "policy.yaml:1:40: airlock.destination_allowlist[1]: must be a lower-case host name such as "
       "huggingface.co"},
      {"airlock: {destinations: {a.example: {methodes: [GET]}}}",
       "policy.yaml:1:38: airlock.destinations.a.example.methodes: unknown key; meant methods?"},
      {"airlock: {destinations: {a.example: {pii: {email: maybe}}}}",
       "policy.yaml:1:44: airlock.destinations.a.example.pii.email: must be one of block, log, "
       "allow"},
      {"airlock: {resolver: dns.example}",
       "policy.yaml:1:11: airlock.resolver: must be system, an address or address:port"},
      {"gguf_guard: {anomaly_detection: false}",
       "policy.yaml:1:14: gguf_guard.anomaly_detection: a quarantine stage cannot be switched off"},
      {"quarantine: {smoke_test_prompts: 21}",
       "policy.yaml:1:14: quarantine.smoke_test_prompts: must be 22 to 200"},
      {"quarantine: {max_flag_rate: 1.1}",
       "policy.yaml:1:14: quarantine.max_flag_rate: must be 0 to 1"},
      {"quarantine: {pins: {a.gguf: abc}}",
       "policy.yaml:1:21: quarantine.pins.a.gguf: must be a SHA-256 digest of 64 lower-case hex "
       "digits"},
      {"quarantine: {pins: {../a: abc}}",
       "policy.yaml:1:21: quarantine.pins.../a: must be a file name"},
      {"quarantine: {profile: lax}",
       "policy.yaml:1:14: quarantine.profile: must be one of default, strict"},
      {"models: {allowed_formats: [pickle]}",
       "policy.yaml:1:28: models.allowed_formats[0]: must be gguf or safetensors"},
      {"vault: {auto_lock_minutes: 1441}",
       "policy.yaml:1:9: vault.auto_lock_minutes: must be 0 to 1440"},
      {"emergency: {panic_action: wipe}",
       "policy.yaml:1:13: emergency.panic_action: must be one of lock, lock_and_shutdown"},
      {"tools: {default_policy: allow}",
       "policy.yaml:1:9: tools.default_policy: must be one of deny"},
      {"tools: {path_allowlist: [home]}",
       "policy.yaml:1:26: tools.path_allowlist[0]: must be an absolute path"},
      {"search: true", "policy.yaml:1:9: search: keys with values are needed here"},
      {"- airlock", "policy.yaml:1:1: keys with values are needed here"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(MessageOf(text), message) << text;
}

TEST(PolicyRulesTest, KnowHostsAddressesAndPaths) {
  EXPECT_TRUE(IsHost("a-b.example"));
  for (const char* text : {"", "localhost", ".a.b", "a.b.", "a..b", "-a.b", "a-.b", "1.2.3.4",
                           "a_b.c", "A.b", "a.1"}) {
    EXPECT_FALSE(IsHost(text)) << text;
  }
  EXPECT_TRUE(IsHostPattern("*.a.b"));
  EXPECT_FALSE(IsHostPattern("*.b") && IsHostPattern("*"));
  EXPECT_TRUE(IsResolver("9.9.9.9:53") && IsResolver("[2620:fe::fe]:53") && IsResolver("::1"));
  EXPECT_FALSE(IsResolver("9.9.9.9:") || IsResolver("9.9.9.9:65536") || IsResolver("a:53"));
  EXPECT_TRUE(IsAddress("10.0.0.0/8", true) && IsAddress("fd00::/8", true));
  EXPECT_FALSE(IsAddress("10.0.0.0/33", true) || IsAddress("10.0.0.0/", true) ||
               IsAddress("10.0.0.0/08", true) || IsAddress("10.0.0.0/8", false));
  EXPECT_TRUE(IsAbsolutePath("/") && IsAbsolutePath("/a/b") && IsAbsolutePath("/a/"));
  EXPECT_FALSE(IsAbsolutePath("a") || IsAbsolutePath("/a/../b") || IsAbsolutePath("//a") ||
               IsAbsolutePath("/a\n"));
}

}  // namespace
}  // namespace secai::policy

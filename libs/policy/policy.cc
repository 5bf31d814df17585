#include "policy/policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/strict_yaml.h"
#include "base/utf8.h"
#include "base/yaml_reader.h"
#include "policy/rules.h"

namespace secai::policy {
namespace {

constexpr std::size_t kMaxList = 1000;
constexpr std::size_t kMaxTextBytes = 4096;

using Rule = bool (*)(std::string_view);

// A list in which every item must keep `rule`; `what` completes "must be …".
void CheckedList(YamlReader* reader, std::string_view key, Rule rule, std::string_view what,
                 std::vector<std::string>* values) {
  reader->Strings(key, kMaxList, kMaxTextBytes, values);
  if (!reader->has(key)) return;
  for (std::size_t i = 0; i < values->size(); ++i) {
    if (!rule((*values)[i])) reader->RefuseItem(key, i, fmt::format("must be {}", what));
  }
}

// For documented switches that may only have one value.
void OnlyTrue(YamlReader* reader, std::string_view key, std::string_view reason) {
  bool value = true;
  reader->Bool(key, &value);
  if (!value) reader->Refuse(key, reason);
}

bool IsMethod(std::string_view text) {
  constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",  "POST",
                                                        "PUT", "PATCH", "DELETE"};
  return std::find(kMethods.begin(), kMethods.end(), text) != kMethods.end();
}

bool IsFormat(std::string_view text) { return text == "gguf" || text == "safetensors"; }
bool IsPathPrefix(std::string_view text) { return text.starts_with('/') && IsAbsolutePath(text); }
bool IsAddressOrPrefix(std::string_view text) { return IsAddress(text, true); }

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

bool IsShortText(std::string_view text) { return !text.empty() && text.size() <= 256; }

constexpr std::string_view kHostText = "a lower-case host name such as huggingface.co";
constexpr std::string_view kDigestText = "a SHA-256 digest of 64 lower-case hex digits";

Result<> ReadQuarantine(YamlReader reader, QuarantinePolicy* policy) {
  using Profile = QuarantinePolicy::Profile;
  reader.Word<Profile>("profile", {{"default", Profile::kDefault}, {"strict", Profile::kStrict}},
                       &policy->profile);
  CheckedList(&reader, "source_allowlist", IsHost, kHostText, &policy->source_allowlist);
  reader.Bool("require_signature", &policy->require_signature);
  CheckedList(&reader, "blocked_hashes", IsSha256, kDigestText, &policy->blocked_hashes);
  reader.Number("max_flag_rate", 0, 1, &policy->max_flag_rate);
  reader.Int("max_critical_flags", 0, 100, &policy->max_critical_flags);
  reader.Int("smoke_test_prompts", 22, 200, &policy->smoke_test_prompts);
  reader.Int("smoke_test_categories", 10, 20, &policy->smoke_test_categories);
  reader.Number("entropy_threshold", 7, 8, &policy->entropy_threshold);
  reader.Int("timeout_minutes", 1, 1440, &policy->timeout_minutes);
  reader.Int("free_reserve_mb", 0, 1 << 20, &policy->free_reserve_mb);
  YamlReader pins = reader.Child("pins");
  for (const std::string& name : pins.Keys(kMaxList)) {
    std::string digest;
    pins.String(name, kMaxTextBytes, &digest);
    if (!IsFileName(name)) pins.Refuse(name, "must be a file name");
    if (!IsSha256(digest)) pins.Refuse(name, fmt::format("must be {}", kDigestText));
    policy->pins[name] = digest;
  }
  TRY(pins.Finish());
  return reader.Finish();
}

Result<> ReadGgufGuard(YamlReader reader, GgufGuardPolicy* policy) {
  OnlyTrue(&reader, "enabled", "a quarantine stage cannot be switched off");
  reader.Bool("generate_manifest", &policy->generate_manifest);
  reader.Bool("generate_fingerprint", &policy->generate_fingerprint);
  OnlyTrue(&reader, "anomaly_detection", "a quarantine stage cannot be switched off");
  reader.Int("max_scan_time_minutes", 1, 1440, &policy->max_scan_time_minutes);
  return reader.Finish();
}

Result<> ReadModels(YamlReader reader, ModelsPolicy* policy) {
  reader.Int("max_model_size_gb", 1, 1024, &policy->max_model_size_gb);
  CheckedList(&reader, "allowed_formats", IsFormat, "gguf or safetensors",
              &policy->allowed_formats);
  reader.Bool("auto_promote", &policy->auto_promote);
  return reader.Finish();
}

Result<> ReadSmallRooms(YamlReader* root, Policy* policy) {
  YamlReader vault = root->Child("vault");
  vault.Int("auto_lock_minutes", 0, 1440, &policy->vault.auto_lock_minutes);
  TRY(vault.Finish());
  YamlReader emergency = root->Child("emergency");
  using PanicAction = EmergencyPolicy::PanicAction;
  emergency.Word<PanicAction>(
      "panic_action",
      {{"lock", PanicAction::kLock}, {"lock_and_shutdown", PanicAction::kLockAndShutdown}},
      &policy->emergency.panic_action);
  TRY(emergency.Finish());
  YamlReader search = root->Child("search");
  search.Bool("enabled", &policy->search.enabled);
  return search.Finish();
}

Result<> ReadDestination(YamlReader reader, DestinationPolicy* policy) {
  using Action = DestinationPolicy::Action;
  CheckedList(&reader, "methods", IsMethod, "GET, HEAD, POST, PUT, PATCH or DELETE",
              &policy->methods);
  CheckedList(&reader, "paths", IsPathPrefix, "a path that begins with /", &policy->paths);
  CheckedList(&reader, "credentials", IsCredentialTag, "hmac-sha256: and 64 hex digits",
              &policy->credentials);
  CheckedList(&reader, "allow_addresses", IsAddressOrPrefix, "an address or address/bits",
              &policy->allow_addresses);
  reader.String("ca_file", kMaxTextBytes, &policy->ca_file);
  if (!policy->ca_file.empty() && !IsAbsolutePath(policy->ca_file)) {
    reader.Refuse("ca_file", "must be an absolute path");
  }
  YamlReader pii = reader.Child("pii");
  for (const std::string& kind : pii.Keys(kMaxList)) {
    if (!IsWord(kind)) pii.Refuse(kind, "must be a kind of personal data");
    pii.Word<Action>(kind,
                     {{"block", Action::kBlock}, {"log", Action::kLog}, {"allow", Action::kAllow}},
                     &policy->pii[kind]);
  }
  TRY(pii.Finish());
  return reader.Finish();
}

Result<> ReadAirlock(YamlReader reader, AirlockPolicy* policy) {
  reader.Bool("enabled", &policy->enabled);
  // The older name of the same list.
  CheckedList(&reader, "allowed_destinations", IsHost, kHostText, &policy->destination_allowlist);
  CheckedList(&reader, "destination_allowlist", IsHost, kHostText, &policy->destination_allowlist);
  if (reader.has("allowed_destinations") && reader.has("destination_allowlist")) {
    reader.Refuse("allowed_destinations", "the same list as destination_allowlist, given twice");
  }
  CheckedList(&reader, "destination_denylist", IsHostPattern, "a host name or *.host",
              &policy->destination_denylist);
  reader.Int("rate_limit", 1, 600, &policy->rate_limit);
  reader.Int("max_body_size_mb", 1, 100, &policy->max_body_size_mb);
  reader.Bool("nat64", &policy->nat64);
  OnlyTrue(&reader, "https_only", "only HTTPS leaves this machine");
  OnlyTrue(&reader, "pii_scan", "everything that leaves is scanned");
  OnlyTrue(&reader, "credential_scan", "everything that leaves is scanned");
  reader.String("resolver", 64, &policy->resolver);
  if (!IsResolver(policy->resolver)) {
    reader.Refuse("resolver", "must be system, an address or address:port");
  }
  YamlReader redirects = reader.Child("redirect_only");
  for (const std::string& host : redirects.Keys(kMaxList)) {
    if (!IsHost(host)) redirects.Refuse(host, fmt::format("must be {}", kHostText));
    CheckedList(&redirects, host, IsHost, kHostText, &policy->redirect_only[host]);
  }
  TRY(redirects.Finish());
  for (auto& [host, destination] : reader.Children("destinations", kMaxList)) {
    if (!IsHost(host)) reader.Refuse("destinations", fmt::format("a key must be {}", kHostText));
    TRY(ReadDestination(std::move(destination), &policy->destinations[host]));
  }
  return reader.Finish();
}

Result<> ReadTools(YamlReader reader, ToolsPolicy* policy) {
  bool is_default_deny = true;
  reader.Word<bool>("default_policy", {{"deny", true}}, &is_default_deny);
  CheckedList(&reader, "allow", IsWord, "the name of a tool", &policy->allow);
  CheckedList(&reader, "deny", IsWord, "the name of a tool", &policy->deny);
  CheckedList(&reader, "path_allowlist", IsAbsolutePath, "an absolute path",
              &policy->path_allowlist);
  CheckedList(&reader, "args_blocklist", IsShortText, "text of 1 to 256 bytes",
              &policy->args_blocklist);
  reader.Int("max_arg_length", 1, 1 << 20, &policy->max_arg_length);
  reader.Int("rate_limit", 1, 6000, &policy->rate_limit);
  reader.Int("rate_burst", 1, 1000, &policy->rate_burst);
  return reader.Finish();
}

}  // namespace

Result<Policy> ParsePolicy(std::string_view text, std::string_view file_name) {
  YamlLimits limits;
  limits.max_bytes = kMaxPolicyBytes;
  TRY_ASSIGN(const YamlNode node, ParseStrictYaml(text, file_name, limits));
  YamlReader root(node, file_name);
  Policy policy;
  // All top keys are asked for first, so that a misspelt one is named before what is inside others.
  YamlReader quarantine = root.Child("quarantine");
  YamlReader gguf_guard = root.Child("gguf_guard");
  YamlReader models = root.Child("models");
  YamlReader airlock = root.Child("airlock");
  YamlReader tools = root.Child("tools");
  TRY(ReadSmallRooms(&root, &policy));
  TRY(root.Finish());
  TRY(ReadQuarantine(std::move(quarantine), &policy.quarantine));
  TRY(ReadGgufGuard(std::move(gguf_guard), &policy.gguf_guard));
  TRY(ReadModels(std::move(models), &policy.models));
  TRY(ReadAirlock(std::move(airlock), &policy.airlock));
  TRY(ReadTools(std::move(tools), &policy.tools));
  return policy;
}

}  // namespace secai::policy

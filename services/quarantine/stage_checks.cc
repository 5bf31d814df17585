#include "quarantine/stage_checks.h"

#include <algorithm>

namespace secai::quarantine {
namespace {

StageVerdict Refuse(int stage, std::string_view rule, std::string reason) {
  StageVerdict verdict;
  verdict.detail = reason;
  Finding finding;
  finding.stage = stage;
  finding.rule = rule;
  finding.severity = FindingClass::kGate;
  finding.reason = std::move(reason);
  verdict.findings.push_back(std::move(finding));
  return verdict;
}

// The digest that the policy pins for this file name; empty when it pins none.
std::string PinOf(const Claim& claim, const QuarantineConfig& config) {
  const auto found = config.pins.find(claim.name);
  return found == config.pins.end() ? "" : found->second;
}

}  // namespace

StageVerdict CheckSource(const Claim& claim, const QuarantineConfig&) {
  constexpr int kStage = 1;
  if (claim.source != "local") {
    return Refuse(kStage, "SRC-2",
                  "only files from this device are accepted: the airlock is not available yet");
  }
  StageVerdict verdict;
  verdict.detail = "imported from this device";
  return verdict;
}

StageVerdict CheckIntegrity(const Claim& claim, std::string_view sha256,
                            const QuarantineConfig& config) {
  constexpr int kStage = 3;
  if (std::ranges::find(config.blocked_hashes, sha256) != config.blocked_hashes.end()) {
    return Refuse(kStage, "INT-1", "the SHA-256 is on the blocked list of the policy");
  }
  const std::string pin = PinOf(claim, config);
  if (!pin.empty() && pin != sha256) {
    return Refuse(kStage, "INT-2",
                  "the SHA-256 differs from the one that the policy pins for this file name");
  }
  StageVerdict verdict;
  verdict.detail = "SHA-256 " + std::string(sha256) + (!pin.empty() ? ", as pinned" : "");
  return verdict;
}

StageVerdict CheckProvenance(const Claim& claim, std::string_view sha256,
                             const QuarantineConfig& config) {
  constexpr int kStage = 4;
  constexpr int kPinned = 2;
  constexpr int kRecorded = 4;
  if (config.require_signature) {
    return Refuse(
        kStage, "PRO-1",
        "the policy demands a signature (require_signature: true), and this version cannot "
        "verify signatures yet");
  }
  StageVerdict verdict;
  const std::string pin = PinOf(claim, config);
  if (!pin.empty() && pin == sha256) {
    verdict.trust_level = kPinned;
    verdict.detail = "unsigned, digest pinned by the policy";
    return verdict;
  }
  if (config.is_strict()) {
    return Refuse(
        kStage, "INT-4",
        "the strict profile needs a digest that is pinned, and this one is only recorded; add it "
        "to quarantine.pins");
  }
  verdict.trust_level = kRecorded;
  verdict.detail = "unsigned, digest recorded";
  return verdict;
}

bool HasGate(const std::vector<Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const Finding& f) { return f.severity == FindingClass::kGate; });
}

bool IsRefusedBy(const std::vector<Finding>& findings, const QuarantineConfig& config) {
  return std::ranges::any_of(findings, [&](const Finding& f) {
    return f.severity == FindingClass::kGate ||
           (config.is_strict() && f.severity == FindingClass::kReview);
  });
}

}  // namespace secai::quarantine

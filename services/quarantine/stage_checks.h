#pragma once

#include <string>
#include <string_view>

#include "quarantine/claim.h"
#include "quarantine/config.h"

namespace secai::quarantine {

// What a stage that is a pure decision found. `failure` is empty when it passed.
struct StageVerdict {
  std::string detail;
  std::vector<Finding> findings;
  int trust_level = 0;  // Of stage 4.
};

// Stage 1 (SRC-1, SRC-2): a local file is allowed and recorded as such; an address is refused until
// the airlock exists. Pure functions, all. A finding of class gate means refused.
StageVerdict CheckSource(const Claim& claim, const QuarantineConfig& config);

// Stage 3 (INT-1, INT-2): the blocked list comes first and nothing overrides it; then a pin of this
// file name must match. `sha256` is the digest of the bytes that were scanned.
StageVerdict CheckIntegrity(const Claim& claim, std::string_view sha256,
                            const QuarantineConfig& config);

// Stage 4 (INT-4, trust levels of the quarantine rules, section 9): pinned is level 2, anything
// else is level 4, recorded. `require_signature` refuses all, as signatures are not verified yet.
StageVerdict CheckProvenance(const Claim& claim, std::string_view sha256,
                             const QuarantineConfig& config);

bool HasGate(const std::vector<Finding>& findings);
// Gates, and reviews too in the strict profile.
bool IsRefusedBy(const std::vector<Finding>& findings, const QuarantineConfig& config);

}  // namespace secai::quarantine

#pragma once

#include <boost/json/object.hpp>

#include "quarantine/claim.h"
#include "quarantine/config.h"
#include "quarantine/scan_report.h"

namespace secai::quarantine {

// What the registry is asked to admit (docs/links.md, `registry.admit`), with the admission record:
// digest, source, trust level, profile, every stage with result and findings, scores and transcript
// hash of the smoke test. The registry signs it with its entry. A pure function.
boost::json::object AdmissionRequest(const Claim& claim, const ScanReport& scan,
                                     const boost::json::object& smoke,
                                     const QuarantineConfig& config);

}  // namespace secai::quarantine

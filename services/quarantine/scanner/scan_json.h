#pragma once

#include <string_view>

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "quarantine/scanner/scan.h"

namespace secai::quarantine {

// The member `checks` of `scanner.scan` (docs/links.md). Absent members keep their defaults.
// Errors: kInvalidArgument naming the member; unknown members are refused.
Result<ScanPolicy> ScanPolicyFromJson(const boost::json::object& checks);

// The Report of docs/links.md. `seconds` is how long the scan took.
boost::json::object ReportToJson(const ArtifactReport& report, double seconds);

}  // namespace secai::quarantine

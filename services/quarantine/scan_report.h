#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "quarantine/claim.h"

namespace secai::quarantine {

// The scanner's answer about one file (docs/links.md, "scanner").
struct ScanReport {
  std::string format;  // "gguf", "safetensors", or empty when the file is neither.
  std::string sha256;
  std::uint64_t bytes = 0;
  double seconds = 0;
  std::array<StageRecord, kStageCount> stages;  // 2, 3, 5 and 7 are filled.
  boost::json::object
      facts;  // architecture, parameters, …, fingerprint, manifest: recorded as they are.
  bool has_template = false;
};

// Reads the report strictly; a report that contradicts itself (a stage that passed with a gate in
// it) is refused. Errors: kInvalidArgument naming the member. Trust: comes from the process that
// parsed the hostile file. What it says can only make things worse for the file: the digest is
// computed again before the file is given to anybody.
Result<ScanReport> ParseScanReport(const boost::json::object& object);

}  // namespace secai::quarantine

#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "policy/policy.h"

namespace secai::cli {

// Has the confined program `scanner` judge one file, exactly as quarantine does (stages 2, 3, 5 and
// 7), and returns {path, verdict: pass|review|refuse, stage, rule, offset, reason, sha256, bytes,
// seconds}; what does not apply is null. A scanner that dies or speaks nonsense over a file refuses
// it (rule "scanner"). Errors: the file cannot be opened or is no regular file, or the scanner
// cannot be started. Thread-safety: a process without other threads; blocks.
Result<boost::json::object> ScanFile(const std::string& scanner, const std::string& path,
                                     const policy::Policy& policy,
                                     const std::function<void(int, double)>& on_progress);

// The one line that a scanner's report (docs/links.md) says about `path`: the first finding of the
// class that decided. Errors: kCorrupt for a report without a verdict. Trust: `report` comes from
// the confined scanner, which read hostile bytes.
Result<boost::json::object> VerdictOfReport(const std::string& path,
                                            const boost::json::object& report);

}  // namespace secai::cli

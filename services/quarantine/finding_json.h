#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

// A finding as it travels and is stored (docs/links.md, "quarantine"); without the stage, which its
// place in the claim tells.
boost::json::object FindingToJson(const Finding& finding);

// Errors: kInvalidArgument naming the member. Trust: the text may come from a scanner that a
// hostile file has taken over, so lengths are bounded (reason 512 bytes, rule 32, tensor 512) and
// control and bidi characters refused.
Result<Finding> FindingFromJson(const boost::json::object& object, int stage);

}  // namespace secai::quarantine

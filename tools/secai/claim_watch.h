#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "secai/command.h"

namespace secai::cli {

// Follows one file through quarantine, showing each stage, until its verdict; then says it on
// stdout (or prints the claim with --json). Returns the exit code: 0 admitted (or waiting for the
// owner's word), 1 refused, 130 after Ctrl-C (quarantine goes on without us).
int WatchClaim(const Context& context, const std::string& id);

// One claim with stages and findings, for people.
std::string RenderClaim(const boost::json::object& claim);
// "stage 2, rule G-M1, offset 24: …", or "" for a claim that was not refused.
std::string RenderRejection(const boost::json::object& claim);

}  // namespace secai::cli

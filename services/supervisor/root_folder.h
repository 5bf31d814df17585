#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::supervisor {

// The folders that the supervisor itself works in.
struct RootFolder {
  UniqueFd root;    // Read-only.
  UniqueFd run;     // run/secure-ai: sockets and the lock.
  UniqueFd log;     // var/log/secure-ai
  UniqueFd policy;  // etc/secure-ai/policy
};

// Makes the root (with its missing parents) and the folders below it, all 0700, and opens them.
// Copies `shipped_policy` to etc/secure-ai/policy/policy.yaml when no file is there; an existing
// one is never touched. Errors: kDenied when the root belongs to another user or others may write
// to it: they could replace what the rooms trust; kNotFound when `shipped_policy` is absent and
// needed; else kInternal. What was made stays.
Result<RootFolder> PrepareRoot(const std::string& root, const std::string& shipped_policy);

}  // namespace secai::supervisor

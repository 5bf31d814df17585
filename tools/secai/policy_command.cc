#include <fcntl.h>

#include "policy/policy.h"
#include "secai/command.h"
#include "secai/policy_file.h"

namespace secai::cli {

int RunPolicyCheck(const Context& context) {
  const std::vector<std::string>& words = context.invocation.words;
  const std::string path = words.empty() ? PolicyPath(context.invocation.root) : words.front();
  const auto policy = LoadPolicy(path);
  if (context.invocation.wants_json) {
    boost::json::object verdict = {{"path", path}, {"ok", policy.has_value()}};
    if (!policy.has_value()) verdict["error"] = policy.error().message;
    PrintJson(verdict);
  } else if (policy.has_value()) {
    Print(path + ": good\n");
  } else {
    return Complain(policy.error());
  }
  return policy.has_value() ? kExitOk : kExitFailed;
}

}  // namespace secai::cli

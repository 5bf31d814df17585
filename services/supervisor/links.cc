#include "supervisor/links.h"

#include <algorithm>

#include "net/message.h"

namespace secai::supervisor {
namespace {

constexpr LinkRule kLinks[] = {
    {"supervisor", "audit", net::kDefaultMaxFrameBytes},
    {"registry", "audit", net::kDefaultMaxFrameBytes},
    {"registry", "quarantine", net::kDefaultMaxFrameBytes},
    {"quarantine", "audit", net::kDefaultMaxFrameBytes},
    {"quarantine", "registry", net::kDefaultMaxFrameBytes},
    {"quarantine", "inference", net::kDefaultMaxFrameBytes},
    {"inference", "audit", net::kDefaultMaxFrameBytes},
    {"inference", "registry", net::kDefaultMaxFrameBytes},
    {"gateway", "audit", net::kDefaultMaxFrameBytes},
    {"gateway", "registry", net::kDefaultMaxFrameBytes},
    {"gateway", "quarantine", net::kDefaultMaxFrameBytes},
    {"gateway", "inference", net::kChatMaxFrameBytes},
};

}  // namespace

std::optional<LinkRule> FindLink(std::string_view caller, std::string_view callee) {
  const auto* const found = std::ranges::find_if(
      kLinks, [&](const LinkRule& rule) { return rule.caller == caller && rule.callee == callee; });
  if (found == std::end(kLinks)) return std::nullopt;
  return *found;
}

}  // namespace secai::supervisor

#include "gateway/access.h"

#include <string>
#include <string_view>

namespace secai::gateway {
namespace {

constexpr std::string_view kKeyPrefix = "secai_";

bool HasKeyOfOurs(const http::Headers& headers) {
  if (headers.Find("x-api-key").value_or("").starts_with(kKeyPrefix)) return true;
  std::string_view value = headers.Find("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  if (value.size() < kScheme.size()) return false;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = value[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != kScheme[i]) return false;
  }
  value.remove_prefix(kScheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value.starts_with(kKeyPrefix);
}

}  // namespace

ApiResult<> Authorize(const http::Request& request, http::RouteClass route_class,
                      const http::GuardPolicy& policy) {
  const http::GuardVerdict verdict = http::JudgeRequest(request, route_class, policy);
  if (verdict.status != 200) {
    return Refuse({.status = verdict.status, .message = std::string(verdict.reason)});
  }
  if (route_class == http::RouteClass::kClientApi && HasKeyOfOurs(request.headers)) {
    return Refuse({.status = 401, .message = "unknown API key", .code = "invalid_api_key"});
  }
  return {};
}

}  // namespace secai::gateway

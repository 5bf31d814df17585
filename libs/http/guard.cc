#include "http/guard.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace secai::http {
namespace {

constexpr std::array<std::string_view, 3> kHostNames = {"localhost", "127.0.0.1", "[::1]"};

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsOurHost(const Request& request) {
  const std::string_view host = request.headers.Find("host").value_or("");
  const std::string port = std::to_string(request.own_port);
  for (const std::string_view name : kHostNames) {
    if (!host.starts_with(name)) continue;
    const std::string_view rest = host.substr(name.size());
    if (request.peer.transport == Peer::Transport::kUnix) {
      if (rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1)))) return true;
    } else if (rest.size() == port.size() + 1 && rest.front() == ':' && rest.substr(1) == port) {
      return true;
    }
  }
  return false;
}

bool IsBrowser(const Headers& headers) {
  return headers.Has("origin") || headers.Has("sec-fetch-site") || headers.Has("sec-fetch-dest") ||
         headers.Has("cookie");
}

bool IsForwarded(const Headers& headers) {
  return headers.Has("forwarded") || headers.Has("via") || headers.HasPrefix("x-forwarded-");
}

// The media type without its parameters, lower case.
std::string MediaType(const Headers& headers) {
  std::string_view value = headers.Find("content-type").value_or("");
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  std::string lower(value);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

GuardVerdict Refuse(int status, std::string_view reason, GuardVerdict verdict) {
  verdict.status = status;
  verdict.reason = reason;
  return verdict;
}

// Source: Fetch Metadata Request Headers, W3C; Sec-Fetch-Site is sent to every "potentially
// trustworthy" URL, which http://localhost and http://127.0.0.1 are.
GuardVerdict JudgeBrowser(const Request& request, RouteClass route, const GuardPolicy& policy,
                          GuardVerdict verdict) {
  const Headers& headers = request.headers;
  if (!policy.allows_browsers || request.peer.transport == Peer::Transport::kUnix) {
    return Refuse(403, "browsers are refused on this port", verdict);
  }
  if (const auto origin = headers.Find("origin"); origin.has_value()) {
    if (*origin != "http://" + std::string(headers.Find("host").value_or(""))) {
      return Refuse(403, "a page of another origin may not ask", verdict);
    }
  }
  const std::string_view site = headers.Find("sec-fetch-site").value_or("");
  const bool is_page_visit =
      site == "none" && route == RouteClass::kPage && request.method == Method::kGet;
  if (site != "same-origin" && !is_page_visit) {
    return Refuse(403, "a browser may ask from our own page only", verdict);
  }
  if (request.has_body) {
    const std::string type = MediaType(headers);
    if (type != "application/json" && type != "multipart/form-data" &&
        type != "application/octet-stream") {
      return Refuse(415, "a browser must send JSON, multipart or octet-stream", verdict);
    }
  }
  return verdict;
}

}  // namespace

GuardVerdict JudgeRequest(const Request& request, RouteClass route, const GuardPolicy& policy) {
  GuardVerdict verdict;
  verdict.is_browser = IsBrowser(request.headers);
  verdict.is_owner =
      request.peer.uid.has_value() && !IsForwarded(request.headers) &&
      std::ranges::find(policy.owner_uids, *request.peer.uid) != policy.owner_uids.end();
  if (!IsOurHost(request)) return Refuse(403, "unknown Host", verdict);
  if (verdict.is_browser) {
    verdict = JudgeBrowser(request, route, policy, verdict);
    if (verdict.status != 200) return verdict;
  }
  if (route == RouteClass::kAnyone) return verdict;
  if (!verdict.is_owner) {
    if (route == RouteClass::kClientApi) return Refuse(401, "an API key is needed", verdict);
    return Refuse(403, "only the owner of this system may ask", verdict);
  }
  if (route == RouteClass::kSession && !verdict.is_browser) {
    return Refuse(403, "only the page may ask", verdict);
  }
  return verdict;
}

}  // namespace secai::http

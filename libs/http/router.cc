#include "http/router.h"

#include <algorithm>
#include <set>

namespace secai::http {
namespace {

bool IsParameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "*") return path.size() > i && !path[i].empty();
    if (i == path.size()) return false;
    if (IsParameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return pattern.size() == path.size();
}

}  // namespace

void Router::Add(Method method, std::string_view pattern, std::size_t route) {
  Entry entry;
  entry.method = method;
  entry.route = route;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    entry.segments.emplace_back(pattern.substr(0, slash));
    if (!IsParameter(entry.segments.back()) && entry.segments.back() != "*") ++entry.fixed;
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
  }
  const auto place =
      std::ranges::find_if(entries_, [&](const Entry& other) { return other.fixed < entry.fixed; });
  entries_.insert(place, std::move(entry));  // The most fixed first.
}

RouteMatch Router::Match(Method method, const Target& target) const {
  RouteMatch match;
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  std::set<std::string_view> allowed;
  for (const Entry& entry : entries_) {
    if (!Matches(entry.segments, target.segments)) continue;
    if (entry.method == wanted) {
      match.kind = RouteMatch::Kind::kFound;
      match.route = entry.route;
      for (std::size_t i = 0; i < entry.segments.size(); ++i) {
        const std::string& segment = entry.segments[i];
        if (IsParameter(segment)) {
          match.parameters.emplace(segment.substr(1, segment.size() - 2), target.segments[i]);
        }
      }
      return match;
    }
    if (allowed.empty()) match.route = entry.route;
    allowed.insert(MethodName(entry.method));
    if (entry.method == Method::kGet) allowed.insert("HEAD");
  }
  if (allowed.empty()) return match;
  allowed.insert("OPTIONS");
  match.kind =
      method == Method::kOptions ? RouteMatch::Kind::kOptions : RouteMatch::Kind::kWrongMethod;
  for (const std::string_view name : allowed) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += name;
  }
  return match;
}

}  // namespace secai::http

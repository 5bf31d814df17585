#include "gateway/access.h"

#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "gateway/routes.h"

namespace secai::gateway {
namespace {

using http::Method;
using http::RouteClass;

constexpr std::uint32_t kOwner = 1000;

// Who may reach a route, one letter each: anyone, page, owner, owner's state, session, client API.
const std::map<std::string, char> kClasses = {
    {"GET /healthz", 'a'},
    {"GET /readyz", 'a'},
    {"GET /health", 'a'},
    {"GET /", 'p'},
    {"GET /index.html", 'p'},
    {"GET /assets/*", 'p'},
    {"GET /favicon.ico", 'p'},
    {"GET /favicon.svg", 'p'},
    {"GET /metrics", 's'},
    {"GET /api/security/status", 'o'},
    {"GET /api/audit", 's'},
    {"GET /api/events", 's'},
    {"GET /api/models", 's'},
    {"POST /api/models/import", 's'},
    {"GET /api/models/import/{id}", 's'},
    {"POST /api/models/delete", 's'},
    {"POST /api/models/verify-manifest", 's'},
    {"DELETE /api/models/{name}", 's'},
    {"POST /api/models/{name}/verify", 's'},
    {"POST /api/models/{name}/load", 's'},
    {"POST /api/models/{name}/unload", 's'},
    {"GET /api/models/{name}/estimate", 's'},
    {"DELETE /api/quarantine/{id}", 's'},
    {"POST /api/quarantine/{id}/resubmit", 's'},
    {"POST /api/chat", 's'},
    {"POST /api/chat/stream", 's'},
    {"GET /v1/models", 'c'},
    {"GET /v1/models/{id}", 'c'},
    {"POST /v1/chat/completions", 'c'},
    {"POST /v1/completions", 'c'},
    {"GET /api/vault/status", 'o'},
    {"POST /api/vault/initialize", 'o'},
    {"POST /api/vault/lock", 'o'},
    {"POST /api/vault/unlock", 'o'},
    {"POST /api/vault/keepalive", 's'},
    {"POST /api/emergency/panic", 'o'},
    {"GET /api/emergency/status", 'o'},
    {"GET /api/keys", 'k'},
    {"POST /api/keys", 'k'},
    {"DELETE /api/keys/{id}", 'k'},
    {"GET /api/conversations", 'k'},
    {"POST /api/conversations", 'k'},
    {"GET /api/conversations/{id}", 'k'},
    {"PUT /api/conversations/{id}", 'k'},
    {"DELETE /api/conversations/{id}", 'k'},
    {"POST /api/models/download", 's'},
    {"GET /api/updates/check", 'o'},
    {"POST /api/updates/stage", 'o'},
    {"POST /api/updates/apply", 'o'},
    {"POST /api/updates/rollback", 'o'},
    {"GET /api/update/check", 'o'},
    {"POST /api/update/stage", 'o'},
    {"POST /api/update/apply", 'o'},
    {"POST /api/update/rollback", 'o'},
};

http::GuardPolicy Policy() {
  http::GuardPolicy policy;
  policy.owner_uids = {kOwner};
  return policy;
}

http::Request MakeRequest(Method method, std::optional<std::uint32_t> uid) {
  http::Request request;
  request.method = method;
  request.own_port = 8480;
  request.peer.uid = uid;
  request.headers.Add("host", "localhost:8480");
  return request;
}

int StatusOf(const http::Request& request, RouteClass route_class) {
  const ApiResult<> allowed = Authorize(request, route_class, Policy());
  return allowed.has_value() ? 200 : allowed.error().status;
}

// Each route of the table, each kind of asker, and what must come of it.
TEST(AccessTest, EveryRouteTimesEveryAskerIsAsDecided) {
  std::size_t seen = 0;
  for (const Route& route : AllRoutes()) {
    const std::string name =
        std::string(http::MethodName(route.method)) + " " + std::string(route.pattern);
    ASSERT_TRUE(kClasses.contains(name)) << name << " must be decided here first";
    const char kind = kClasses.at(name);
    ++seen;

    const http::Request program = MakeRequest(route.method, kOwner);
    EXPECT_EQ(StatusOf(program, route.route_class), kind == 'k' ? 403 : 200) << name;

    http::Request page = MakeRequest(route.method, kOwner);
    page.headers.Add("sec-fetch-site", "same-origin");
    page.headers.Add("sec-fetch-dest", "empty");
    EXPECT_EQ(StatusOf(page, route.route_class), 200) << name;

    http::Request typed = MakeRequest(route.method, kOwner);
    typed.headers.Add("sec-fetch-site", "none");
    typed.headers.Add("sec-fetch-dest", "document");
    EXPECT_EQ(StatusOf(typed, route.route_class), kind == 'p' ? 200 : 403) << name;

    http::Request hostile = MakeRequest(route.method, kOwner);
    hostile.headers.Add("origin", "http://evil.example");
    hostile.headers.Add("sec-fetch-site", "cross-site");
    EXPECT_EQ(StatusOf(hostile, route.route_class), 403) << name;

    const int foreign = kind == 'a' ? 200 : kind == 'c' ? 401 : 403;
    for (const std::optional<std::uint32_t> uid :
         {std::optional<std::uint32_t>(1001), std::optional<std::uint32_t>(0),
          std::optional<std::uint32_t>()}) {
      EXPECT_EQ(StatusOf(MakeRequest(route.method, uid), route.route_class), foreign) << name;
    }

    http::Request foreign_page = MakeRequest(route.method, 1001);
    foreign_page.headers.Add("sec-fetch-site", "same-origin");
    EXPECT_EQ(StatusOf(foreign_page, route.route_class), foreign) << name;

    http::Request forwarded = MakeRequest(route.method, kOwner);
    forwarded.headers.Add("x-forwarded-for", "127.0.0.1");
    EXPECT_EQ(StatusOf(forwarded, route.route_class), foreign) << name;
  }
  EXPECT_EQ(seen, kClasses.size());
}

TEST(AccessTest, AnOwnersPlaceholderKeyIsIgnoredAndAKeyOfOursIsUnknown) {
  const auto status_with = [](const char* header, const char* value, RouteClass route_class) {
    http::Request request = MakeRequest(Method::kGet, kOwner);
    request.headers.Add(header, value);
    return StatusOf(request, route_class);
  };
  EXPECT_EQ(status_with("authorization", "Bearer sk-placeholder", RouteClass::kClientApi), 200);
  EXPECT_EQ(status_with("authorization", "Bearer ", RouteClass::kClientApi), 200);
  EXPECT_EQ(status_with("authorization", "Bearer secai_x", RouteClass::kClientApi), 401);
  EXPECT_EQ(status_with("authorization", "bEARER  secai_x", RouteClass::kClientApi), 401);
  EXPECT_EQ(status_with("x-api-key", "secai_x", RouteClass::kClientApi), 401);
  EXPECT_EQ(status_with("x-api-key", "secai_x", RouteClass::kOwner), 200);
}

TEST(AccessTest, AForeignersKeyDoesNotHelp) {
  http::Request request = MakeRequest(Method::kGet, 1001);
  request.headers.Add("authorization", "Bearer secai_x");
  EXPECT_EQ(StatusOf(request, RouteClass::kClientApi), 401);
  EXPECT_EQ(StatusOf(request, RouteClass::kOwner), 403);
}

}  // namespace
}  // namespace secai::gateway

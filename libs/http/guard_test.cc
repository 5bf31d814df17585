#include "http/guard.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::http {
namespace {

constexpr std::uint16_t kPort = 8480;
constexpr std::uint32_t kOwner = 1000;

struct Case {
  std::string host = "localhost:8480";
  std::string origin = {};
  std::string site = {};
  std::string dest = {};
  std::string cookie = {};
  std::string forwarded = {};  // A header name.
  std::string type = {};
  bool has_body = false;
  Method method = Method::kGet;
  std::optional<std::uint32_t> uid = kOwner;
  Peer::Transport transport = Peer::Transport::kTcp;
  RouteClass route = RouteClass::kOwnerState;
};

Request MakeRequest(const Case& row) {
  Request request;
  request.method = row.method;
  request.own_port = row.transport == Peer::Transport::kTcp ? kPort : 0;
  request.peer.uid = row.uid;
  request.peer.transport = row.transport;
  request.has_body = row.has_body;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) request.headers.Add(name, value);
  };
  add("host", row.host);
  add("origin", row.origin);
  add("sec-fetch-site", row.site);
  add("sec-fetch-dest", row.dest);
  add("cookie", row.cookie);
  add("content-type", row.type);
  if (!row.forwarded.empty()) request.headers.Add(row.forwarded, "x");
  return request;
}

GuardPolicy Policy() {
  GuardPolicy policy;
  policy.owner_uids = {kOwner};
  return policy;
}

int StatusOf(const Case& row) { return JudgeRequest(MakeRequest(row), row.route, Policy()).status; }

// The rule again, in the other direction: says for each axis alone whether it spoils the request.
int Expected(const Case& row) {
  const bool good_host =
      row.host == "localhost:8480" || row.host == "127.0.0.1:8480" || row.host == "[::1]:8480";
  if (!good_host) return 403;
  const bool browser = !(row.origin + row.site + row.dest + row.cookie).empty();
  if (browser) {
    if (!row.origin.empty() && row.origin != "http://" + row.host) return 403;
    const bool typed_address =
        row.route == RouteClass::kPage && row.method == Method::kGet && row.site == "none";
    if (row.site != "same-origin" && !typed_address) return 403;
    if (row.has_body && row.type != "application/json" &&
        row.type != "multipart/form-data; boundary=x") {
      return 415;
    }
  }
  if (row.route == RouteClass::kAnyone) return 200;
  if (row.uid != kOwner || !row.forwarded.empty()) {
    return row.route == RouteClass::kClientApi ? 401 : 403;
  }
  if (row.route == RouteClass::kSession && !browser) return 403;
  return 200;
}

TEST(GuardTest, OnlyTheExactHostsOfOurPortAreKnown) {
  for (const char* host : {"localhost:8480", "127.0.0.1:8480", "[::1]:8480"}) {
    EXPECT_EQ(StatusOf({.host = host}), 200) << host;
  }
  for (const char* host :
       {"", "localhost", "localhost:", "localhost:8481", "localhost:08480", "LOCALHOST:8480",
        "127.0.0.1", "evil.com:8480", "localhost.:8480", "0.0.0.0:8480", "localhost:8480.evil.com",
        "127.1:8480", "localhost:8480@evil", "::1:8480", "[::1]", "[::1%lo]:8480", "evil.com"}) {
    for (const RouteClass route :
         {RouteClass::kAnyone, RouteClass::kPage, RouteClass::kClientApi}) {
      EXPECT_EQ(StatusOf({.host = host, .route = route}), 403) << host;
    }
  }
}

// Every value of every axis that decides something, in every combination.
TEST(GuardTest, EveryCombinationIsJudgedByTheRule) {
  const std::vector<std::string> hosts = {"localhost:8480", "[::1]:8480", "evil.com:8480"};
  const std::vector<std::string> origins = {"", "http://localhost:8480", "http://[::1]:8480",
                                            "https://localhost:8480", "null"};
  const std::vector<std::string> sites = {"", "same-origin", "same-site", "cross-site", "none"};
  const std::vector<std::string> types = {"", "application/json", "text/plain",
                                          "multipart/form-data; boundary=x"};
  const std::vector<std::string> forwards = {"", "x-forwarded-for"};
  const std::vector<std::optional<std::uint32_t>> uids = {kOwner, 0U, std::nullopt};
  const std::vector<RouteClass> routes = {RouteClass::kAnyone,  RouteClass::kPage,
                                          RouteClass::kOwner,   RouteClass::kOwnerState,
                                          RouteClass::kSession, RouteClass::kClientApi};
  const std::vector<Method> methods = {Method::kGet, Method::kHead, Method::kPost};
  const std::size_t cells = hosts.size() * origins.size() * sites.size() * types.size() *
                            forwards.size() * uids.size() * routes.size() * methods.size() * 2;
  std::size_t allowed = 0;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    std::size_t rest = cell;
    const auto pick = [&rest](const auto& values) {
      const auto value = values[rest % values.size()];
      rest /= values.size();
      return value;
    };
    Case row;
    row.host = pick(hosts);
    row.origin = pick(origins);
    row.site = pick(sites);
    row.type = pick(types);
    row.forwarded = pick(forwards);
    row.uid = pick(uids);
    row.route = pick(routes);
    row.method = pick(methods);
    row.has_body = row.method == Method::kPost;
    const bool is_marked = rest == 1;  // What is left: the other two marks of a browser.
    row.dest = is_marked ? "empty" : "";
    row.cookie = is_marked ? "a=b" : "";
    const int status = StatusOf(row);
    if (status == 200) ++allowed;
    ASSERT_EQ(status, Expected(row))
        << row.host << '|' << row.origin << '|' << row.site << '|' << row.type << '|'
        << row.forwarded << '|' << static_cast<int>(row.route) << '|' << MethodName(row.method)
        << '|' << is_marked;
  }
  EXPECT_EQ(cells, 64'800U);
  EXPECT_GT(allowed, 1000U);  // The table has good cells too.
}

TEST(GuardTest, DocumentedCurlLinesPassForTheOwner) {
  EXPECT_EQ(StatusOf({.method = Method::kPost, .route = RouteClass::kOwner}), 200);
  EXPECT_EQ(StatusOf({.type = "application/x-www-form-urlencoded",
                      .has_body = true,
                      .method = Method::kPost,
                      .route = RouteClass::kOwner}),
            200);
}

TEST(GuardTest, NodeFetchWithSecFetchModeAloneIsNoBrowser) {
  Request request = MakeRequest({.route = RouteClass::kClientApi});
  request.headers.Add("sec-fetch-mode", "cors");
  EXPECT_EQ(JudgeRequest(request, RouteClass::kClientApi, Policy()).status, 200);
}

TEST(GuardTest, EachBrowserMarkAloneMakesABrowserRequest) {
  for (const char* name : {"origin", "sec-fetch-site", "sec-fetch-dest", "cookie"}) {
    Request request = MakeRequest({});
    request.headers.Add(name, "cross-site");
    const GuardVerdict verdict = JudgeRequest(request, RouteClass::kOwner, Policy());
    EXPECT_TRUE(verdict.is_browser) << name;
    EXPECT_EQ(verdict.status, 403) << name;
  }
}

TEST(GuardTest, EachForwardingHeaderTakesOwnershipAway) {
  for (const char* name : {"forwarded", "via", "x-forwarded-for", "x-forwarded-proto"}) {
    EXPECT_EQ(StatusOf({.forwarded = name, .route = RouteClass::kOwner}), 403) << name;
    EXPECT_EQ(StatusOf({.forwarded = name, .route = RouteClass::kAnyone}), 200) << name;
  }
}

TEST(GuardTest, AnotherPortRefusesEveryBrowser) {
  GuardPolicy policy = Policy();
  policy.allows_browsers = false;
  const Case same_origin = {.origin = "http://localhost:8480", .site = "same-origin"};
  EXPECT_EQ(StatusOf(same_origin), 200);
  EXPECT_EQ(JudgeRequest(MakeRequest(same_origin), RouteClass::kOwner, policy).status, 403);
  EXPECT_EQ(JudgeRequest(MakeRequest({}), RouteClass::kOwner, policy).status, 200);
}

TEST(GuardTest, UnixSocketIsForProgramsOfTheOwner) {
  const auto unix_socket = Peer::Transport::kUnix;
  EXPECT_EQ(StatusOf({.host = "localhost", .transport = unix_socket}), 200);
  EXPECT_EQ(StatusOf({.host = "localhost:1", .transport = unix_socket}), 200);
  EXPECT_EQ(StatusOf({.host = "localhost:x", .transport = unix_socket}), 403);
  EXPECT_EQ(StatusOf({.host = "evil", .transport = unix_socket}), 403);
  EXPECT_EQ(StatusOf({.host = "localhost", .uid = 0U, .transport = unix_socket}), 403);
  EXPECT_EQ(StatusOf({.host = "localhost",
                      .origin = "http://localhost",
                      .site = "same-origin",
                      .transport = unix_socket}),
            403);
}

TEST(GuardTest, BrowserUploadMayBeOctetStream) {
  Case row = {.site = "same-origin",
              .type = "application/octet-stream",
              .has_body = true,
              .method = Method::kPost};
  EXPECT_EQ(StatusOf(row), 200);
  row.type = "Application/JSON ; charset=utf-8";
  EXPECT_EQ(StatusOf(row), 200);
}

}  // namespace
}  // namespace secai::http

#include "http/router.h"

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::http {
namespace {

RouteMatch Match(const Router& router, Method method, std::string_view path) {
  return router.Match(method, ParseTarget(path).value());
}

Router MakeRouter() {
  Router router;
  router.Add(Method::kGet, "/", 0);
  router.Add(Method::kDelete, "/api/models/{name}", 1);
  router.Add(Method::kPost, "/api/models/import", 2);
  router.Add(Method::kPost, "/api/models/{name}/load", 3);
  router.Add(Method::kGet, "/assets/*", 4);
  router.Add(Method::kGet, "/api/models", 5);
  router.Add(Method::kPost, "/api/models/{name}", 6);
  return router;
}

TEST(RouterTest, FindsFixedParameterAndRestRoutes) {
  const Router router = MakeRouter();
  EXPECT_EQ(Match(router, Method::kGet, "/").route, 0U);
  EXPECT_EQ(Match(router, Method::kGet, "/api/models").route, 5U);
  const RouteMatch load = Match(router, Method::kPost, "/api/models/a%20b/load");
  EXPECT_EQ(load.route, 3U);
  EXPECT_EQ(load.parameters.at("name"), "a b");
  EXPECT_EQ(Match(router, Method::kGet, "/assets/fonts/a.woff2").route, 4U);
  EXPECT_EQ(Match(router, Method::kHead, "/assets/a.js").kind, RouteMatch::Kind::kFound);
}

TEST(RouterTest, AFixedSegmentWinsOverAParameter) {
  EXPECT_EQ(Match(MakeRouter(), Method::kPost, "/api/models/import").route, 2U);
}

TEST(RouterTest, UnknownPathsHaveNoRoute) {
  for (const char* path :
       {"/api", "/api/models/", "/api/models/a/b", "/assets", "/assets/", "/x"}) {
    EXPECT_EQ(Match(MakeRouter(), Method::kGet, path).kind, RouteMatch::Kind::kNoRoute) << path;
  }
}

TEST(RouterTest, AWrongMethodNamesTheRightOnes) {
  const RouteMatch match = Match(MakeRouter(), Method::kGet, "/api/models/import");
  EXPECT_EQ(match.kind, RouteMatch::Kind::kWrongMethod);
  EXPECT_EQ(match.allow, "DELETE, OPTIONS, POST");
  EXPECT_EQ(Match(MakeRouter(), Method::kOther, "/").allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(Match(MakeRouter(), Method::kOptions, "/").kind, RouteMatch::Kind::kOptions);
}

}  // namespace
}  // namespace secai::http

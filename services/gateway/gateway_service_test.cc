#include "gateway/gateway_service.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "base/testing/temp_dir.h"
#include "gateway/routes.h"
#include "gateway/testing/gateway_fixture.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;
using http::testing::RawClient;
using http::testing::RawResponse;
using testing::Eventually;
using testing::RunningGateway;

json::value Parsed(const std::string& text) {
  auto value = ParseStrictJson(text);
  if (!value.has_value()) ADD_FAILURE() << text;
  return value.has_value() ? *value : json::value();
}

// A member that is a text.
std::string TextAt(const json::value& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

json::object Piece(const std::string& text) {
  json::object item;
  item["text"] = text;
  return item;
}

// A gateway with one model that answers "Hello" in two pieces.
class GatewayServiceTest : public ::testing::Test {
 protected:
  GatewayServiceTest() {
    testing::FakeRooms& rooms = gateway_.rooms();
    rooms.AddModel("smol", 'a');
    rooms.items = {Piece("Hel"), Piece("lo")};
    rooms.end = Parsed(R"({"finish_reason":"stop","usage":{"prompt_tokens":3,)"
                       R"("completion_tokens":2,"cached_tokens":1},"timings":{"decode_ms":1.5}})")
                    .as_object();
  }

  RawResponse Chat(const std::string& members = "") {
    return gateway_.Ask("POST", "/v1/chat/completions",
                        R"({"model":"smol","messages":[{"role":"user","content":"hi"}])" +
                            (members.empty() ? "" : "," + members) + "}");
  }

  RunningGateway gateway_;
};

TEST_F(GatewayServiceTest, AnswersAChatInOneObject) {
  const RawResponse response = Chat();
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("content-type"), "application/json");
  const json::value body = Parsed(response.body);
  EXPECT_EQ(body.at("object"), "chat.completion");
  EXPECT_EQ(body.at("model"), "smol");
  EXPECT_EQ(body.at("created"), 1'700'000'000);
  EXPECT_EQ(body.at("choices").at(0).at("message").at("content"), "Hello");
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(body.at("usage").at("total_tokens"), 5);
  EXPECT_EQ(body.at("timings").at("decode_ms"), 1.5);
  const json::object& asked = gateway_.rooms().last_generate;
  EXPECT_EQ(asked.at("sha256").as_string(), std::string(64, 'a'));
  EXPECT_TRUE(std::string(asked.at("request").at("identity").as_string()).starts_with("uid:"));
}

TEST_F(GatewayServiceTest, StreamsAChatAsOpenAiClientsReadIt) {
  const RawResponse response = Chat(R"("stream":true,"stream_options":{"include_usage":true})");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-type"), "text/event-stream");
  EXPECT_TRUE(response.is_whole);
  std::vector<std::string> lines;
  std::string rest = response.body;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\n\n");
    ASSERT_NE(end, std::string::npos);
    ASSERT_TRUE(rest.starts_with("data: "));
    lines.push_back(rest.substr(6, end - 6));
    rest.erase(0, end + 2);
  }
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(Parsed(lines[0]).at("choices").at(0).at("delta").at("role"), "assistant");
  EXPECT_EQ(Parsed(lines[1]).at("choices").at(0).at("delta").at("content"), "Hel");
  EXPECT_EQ(Parsed(lines[2]).at("choices").at(0).at("delta").at("content"), "lo");
  EXPECT_EQ(Parsed(lines[3]).at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(Parsed(lines[4]).at("choices").as_array().size(), 0U);
  EXPECT_EQ(Parsed(lines[4]).at("usage").at("completion_tokens"), 2);
  EXPECT_EQ(lines[5], "[DONE]");
}

TEST_F(GatewayServiceTest, AnErrorWithinAStreamIsOneMoreLine) {
  gateway_.rooms().item_error = Error{ErrorCode::kUnavailable, "the worker ended"};
  const RawResponse response = Chat(R"("stream":true)");
  EXPECT_EQ(response.status, 200);
  const std::size_t last = response.body.rfind("data: ");
  EXPECT_EQ(Parsed(response.body.substr(last + 6, response.body.size() - last - 8))
                .at("error")
                .at("type"),
            "unavailable_error");
  EXPECT_EQ(response.body.find("[DONE]"), std::string::npos);
}

TEST_F(GatewayServiceTest, RefusalsBeforeTheFirstTokenAreAStatus) {
  struct Row {
    Error error;
    int status;
    const char* type;
  };
  const std::vector<Row> rows = {
      {{ErrorCode::kInvalidArgument, "prompt of 9 tokens is over the context of 8"},
       400,
       "exceed_context_size_error"},
      {{ErrorCode::kUnavailable, "queue is full"}, 503, "unavailable_error"},
      {{ErrorCode::kNotFound, "x"}, 404, "not_found_error"},
      {{ErrorCode::kInvalidArgument, "json_schema: too odd"}, 400, "invalid_request_error"}};
  for (const Row& row : rows) {
    for (const char* members : {"", R"("stream":true)"}) {
      gateway_.Do([&] { gateway_.rooms().FailNext("inference.generate", row.error); });
      const RawResponse response = Chat(members);
      EXPECT_EQ(response.status, row.status) << row.error.message;
      EXPECT_EQ(TextAt(Parsed(response.body).at("error"), "type"), row.type);
      EXPECT_EQ(response.header("retry-after").empty(), row.status != 503);
    }
  }
}

TEST_F(GatewayServiceTest, AClientThatVanishesStopsItsGeneration) {
  gateway_.rooms().hangs = true;
  int expected = 0;
  for (const char* members : {R"("stream":true)", R"("stream":false)"}) {
    RawClient client(gateway_.port());
    const std::string body = std::string(R"({"model":"smol","messages":[{"role":"user",)") +
                             R"("content":"hi"}],)" + members + "}";
    client.Send(http::testing::MakeRequest(gateway_.port(), "POST", "/v1/chat/completions", body));
    ASSERT_TRUE(Eventually([&] { return gateway_.rooms().generating == 1; })) << members;
    client.Close();
    EXPECT_TRUE(Eventually([&] { return gateway_.rooms().cancelled == expected + 1; })) << members;
    ++expected;
  }
  EXPECT_EQ(gateway_.rooms().generating, 0);
}

TEST_F(GatewayServiceTest, AnUnknownModelIsAlways404) {
  gateway_.rooms().models.push_back(gateway_.rooms().models.front());
  json::object& other = gateway_.rooms().models.back();
  other["name"] = "tensors";
  other["runnable"] = false;
  for (const char* name : {"gpt-4", "tensors", "../smol", ""}) {
    const RawResponse response = gateway_.Ask(
        "POST", "/v1/completions", std::string(R"({"prompt":"a","model":")") + name + "\"}");
    EXPECT_EQ(response.status, std::string_view(name).empty() ? 400 : 404) << name;
    if (response.status == 404) {
      EXPECT_EQ(Parsed(response.body).at("error").at("code"), "model_not_found");
    }
  }
  EXPECT_EQ(gateway_.Ask("GET", "/v1/models/tensors").status, 404);
  EXPECT_EQ(gateway_.Ask("GET", "/v1/models/smol").status, 200);
}

TEST_F(GatewayServiceTest, ListsOnlyModelsThatCanAnswer) {
  gateway_.rooms().AddModel("gone", 'b');
  gateway_.rooms().models.back()["status"] = "withdrawn";
  const json::value body = Parsed(gateway_.Ask("GET", "/v1/models").body);
  ASSERT_EQ(body.at("data").as_array().size(), 1U);
  EXPECT_EQ(body.at("data").at(0).at("id"), "smol");
  EXPECT_EQ(body.at("data").at(0).at("owned_by"), "secai");
}

TEST_F(GatewayServiceTest, TheDocumentedChatFormAnswers) {
  const RawResponse response =
      gateway_.Ask("POST", "/api/chat", R"({"message":"hi","model":"smol","conversation_id":"c"})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Parsed(response.body),
            Parsed(R"({"model":"smol","conversation_id":"c","response":"Hello"})"));
  const RawResponse stream =
      gateway_.Ask("POST", "/api/chat/stream", R"({"message":"hi","model":"smol"})");
  EXPECT_NE(stream.body.find(R"("response":"Hel","done":false)"), std::string::npos);
  EXPECT_NE(stream.body.find(R"("response":"","done":true)"), std::string::npos);
  const RawResponse other = gateway_.Ask("POST", "/api/chat", R"({"messages":[],"model":"smol"})");
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(Parsed(other.body).at("code"), "not_available");
}

TEST_F(GatewayServiceTest, ListsModelsWithStateEstimateAndQuarantine) {
  gateway_.rooms().states = {
      Parsed(R"({"sha256":")" + std::string(64, 'a') +
             R"(","state":"loaded","context_tokens":8192,"tokens_per_second":9.5})")
          .as_object()};
  gateway_.rooms().claims = {Parsed(R"({"id":"c1","state":"checking"})").as_object()};
  const json::value body = Parsed(gateway_.Ask("GET", "/api/models").body);
  const json::value& model = body.at("models").at(0);
  EXPECT_EQ(model.at("name"), "smol");
  EXPECT_EQ(model.at("state"), "loaded");
  EXPECT_EQ(model.at("context_tokens"), 8192);
  EXPECT_EQ(model.at("estimate").at("fits"), "fits");
  EXPECT_EQ(body.at("quarantine").at(0).at("id"), "c1");
}

TEST_F(GatewayServiceTest, LoadsUnloadsDeletesAndVerifies) {
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/load", R"({"context":4096})").status, 202);
  EXPECT_EQ(gateway_.rooms().last_generate.at("context"), 4096);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/load", R"({"context":0})").status, 400);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/none/load").status, 404);
  gateway_.rooms().fits = "no";
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/load").status, 507);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/unload").status, 200);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/verify").status, 200);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/verify-manifest").status, 200);
  gateway_.rooms().is_intact = false;
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/verify").status, 409);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/verify-manifest").status, 409);
  gateway_.rooms().states = {
      Parsed(R"({"sha256":")" + std::string(64, 'a') + R"(","state":"loaded"})").as_object()};
  EXPECT_EQ(gateway_.Ask("DELETE", "/api/models/smol").status, 409);
  gateway_.rooms().states.clear();
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/delete", R"({"name":"smol"})").status, 200);
  EXPECT_EQ(gateway_.Ask("DELETE", "/api/models/smol").status, 404);
}

TEST_F(GatewayServiceTest, AModelWithoutAnEngineCannotBeLoaded) {
  gateway_.rooms().models.front()["runnable"] = false;
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/smol/load").status, 409);
}

TEST_F(GatewayServiceTest, TellsWhatIsReady) {
  EXPECT_EQ(gateway_.Ask("GET", "/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(gateway_.Ask("GET", "/readyz").status, 200);
  gateway_.Do([&] { gateway_.rooms().FailNext("audit.tail", {ErrorCode::kUnavailable, "down"}); });
  const RawResponse response = gateway_.Ask("GET", "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, R"({"status":"not ready","missing":["audit"]})");
}

TEST_F(GatewayServiceTest, WithoutRoomsItStaysUpWith503) {
  gateway_.CutLinks();
  EXPECT_EQ(gateway_.Ask("GET", "/healthz").status, 200);
  EXPECT_EQ(gateway_.Ask("GET", "/api/models").status, 503);
  EXPECT_EQ(Chat().status, 503);
  EXPECT_EQ(gateway_.Ask("GET", "/api/security/status").status, 200);
  EXPECT_EQ(gateway_.Ask("GET", "/readyz").status, 503);
}

TEST_F(GatewayServiceTest, SecurityStatusTellsTheTruth) {
  const json::value body = Parsed(gateway_.Ask("GET", "/api/security/status").body);
  for (const char* name : {"vault_status", "firewall_active", "airlock_enabled", "search_enabled",
                           "integrity_ok", "last_integrity_check"}) {
    EXPECT_TRUE(body.at(name).is_null()) << name;
  }
  EXPECT_EQ(body.at("confinement").at("level"), "full");
  EXPECT_EQ(body.at("confinement").at("rooms").at(0).at("seccomp"), 2);
  EXPECT_EQ(body.at("network"), "none");
}

TEST_F(GatewayServiceTest, ShowsTheAuditTail) {
  gateway_.rooms().entries = {Parsed(R"({"seq":1,"event":"quarantine.rejected"})").as_object()};
  const RawResponse response = gateway_.Ask("GET", "/api/audit?limit=5&after=0&event=quarantine.");
  EXPECT_EQ(response.body, R"({"entries":[{"seq":1,"event":"quarantine.rejected"}],"last_seq":1})");
  EXPECT_EQ(json::value(gateway_.rooms().last_tail),
            Parsed(R"({"limit":5,"after_seq":0,"event_prefix":"quarantine."})"));
  EXPECT_EQ(gateway_.Ask("GET", "/api/audit?before=7").status, 200);
  EXPECT_EQ(json::value(gateway_.rooms().last_tail), Parsed(R"({"limit":100,"before_seq":7})"));
  for (const char* query :
       {"limit=0", "limit=1001", "limit=x", "after=-1", "before=0", "other=1"}) {
    EXPECT_EQ(gateway_.Ask("GET", std::string("/api/audit?") + query).status, 400) << query;
  }
}

TEST_F(GatewayServiceTest, UnknownRoutesAndMethodsAreNamed) {
  EXPECT_EQ(gateway_.Ask("GET", "/api/nothing").status, 404);
  EXPECT_EQ(Parsed(gateway_.Ask("GET", "/v1/nothing").body).at("error").at("type"),
            "not_found_error");
  const RawResponse wrong = gateway_.Ask("GET", "/v1/completions");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "OPTIONS, POST");
  const RawResponse options = gateway_.Ask("OPTIONS", "/v1/models");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(options.header("access-control-allow-origin"), "");
  EXPECT_EQ(gateway_.Ask("BREW", "/").status, 405);
}

TEST_F(GatewayServiceTest, RoomsThatAreNotBuiltSaySo) {
  for (const Route& route : AllRoutes()) {
    if (route.missing.empty() || route.route_class == http::RouteClass::kSession) continue;
    std::string path(route.pattern);
    const RawResponse response = gateway_.Ask(http::MethodName(route.method), path);
    EXPECT_EQ(response.status, 503) << path;
    const json::value body = Parsed(response.body);
    EXPECT_EQ(body.at("code"), "not_available");
    EXPECT_NE(body.at("error").as_string().find(route.missing), std::string::npos);
  }
}

TEST_F(GatewayServiceTest, ForeignPagesAndHostsGetNothing) {
  const auto status_with = [&](const char* headers) {
    return gateway_.Ask("GET", "/api/models", "", headers).status;
  };
  EXPECT_EQ(status_with("Origin: http://evil.example\r\n"), 403);
  EXPECT_EQ(status_with("Sec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_EQ(status_with("Sec-Fetch-Site: same-origin\r\n"), 200);
  EXPECT_EQ(status_with("X-Forwarded-For: 1.2.3.4\r\n"), 403);
  EXPECT_EQ(
      http::testing::Fetch(gateway_.port(), "GET /healthz HTTP/1.1\r\nHost: evil\r\n\r\n").status,
      403);
}

TEST(GatewayOwnerTest, AnotherUserGetsNothing) {
  RunningGateway gateway(::getuid() + 1);  // So we are somebody else.
  EXPECT_EQ(gateway.Ask("GET", "/healthz").status, 200);
  EXPECT_EQ(gateway.Ask("GET", "/").status, 403);
  EXPECT_EQ(gateway.Ask("GET", "/api/models").status, 403);
  EXPECT_EQ(gateway.Ask("POST", "/api/emergency/panic").status, 403);
  const RawResponse response = gateway.Ask("GET", "/v1/models");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(Parsed(response.body).at("error").at("type"), "authentication_error");
}

TEST_F(GatewayServiceTest, EveryAnswerCarriesThePolicyOfThePage) {
  const RawResponse response = gateway_.Ask("GET", "/healthz");
  EXPECT_NE(response.header("content-security-policy").find("trusted-types 'none'"),
            std::string::npos);
  EXPECT_EQ(response.header("referrer-policy"), "no-referrer");
  EXPECT_EQ(response.header("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(response.header("x-request-id").size(), 16U);
}

TEST_F(GatewayServiceTest, CountsWhatHappened) {
  EXPECT_EQ(Chat().status, 200);
  EXPECT_EQ(gateway_.Ask("GET", "/a/b/c").status, 404);
  const std::string text = gateway_.Ask("GET", "/metrics").body;
  EXPECT_NE(
      text.find("secai_http_requests_total{route=\"/v1/chat/completions\",status=\"200\"} 1\n"),
      std::string::npos);
  EXPECT_NE(text.find("secai_http_requests_total{route=\"unknown\",status=\"404\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("secai_completion_tokens_total 2\n"), std::string::npos);
  EXPECT_NE(text.find("secai_open_generations 0\n"), std::string::npos);
  EXPECT_EQ(text.find("a/b/c"), std::string::npos);
}

TEST_F(GatewayServiceTest, ServesThePageToItsOwnerOnly) {
  TempDir folder;
  std::filesystem::create_directory(folder.path() / "assets");
  std::ofstream(folder / "index.html") << "<!doctype html>";
  std::ofstream(folder / "assets/app-1.js") << "1";
  auto files = http::StaticFiles::Create(folder.fd());
  ASSERT_TRUE(files.has_value());
  gateway_.Do([&] { gateway_.parts().page = &*files; });
  const char* visit = "Sec-Fetch-Site: none\r\nSec-Fetch-Dest: document\r\n";
  const RawResponse page = gateway_.Ask("GET", "/", "", visit);
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.header("cache-control"), "no-store");
  const RawResponse script = gateway_.Ask("GET", "/assets/app-1.js", "", visit);
  EXPECT_EQ(script.body, "1");
  EXPECT_NE(script.header("cache-control").find("immutable"), std::string::npos);
  EXPECT_EQ(gateway_.Ask("GET", "/assets/other.js").status, 404);
  EXPECT_EQ(gateway_.Ask("GET", "/assets/..%2findex.html").status, 400);
  EXPECT_EQ(gateway_.Ask("GET", "/", "", "Sec-Fetch-Site: cross-site\r\n").status, 403);
}

TEST_F(GatewayServiceTest, WithoutAPageTheApiStillWorks) {
  EXPECT_EQ(gateway_.Ask("GET", "/").status, 503);
  EXPECT_EQ(gateway_.Ask("GET", "/v1/models").status, 200);
}

}  // namespace
}  // namespace secai::gateway

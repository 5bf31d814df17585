#include <string>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "gateway/testing/gateway_fixture.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;
using http::testing::MakeRequest;
using http::testing::RawClient;
using http::testing::RawResponse;
using testing::Eventually;
using testing::RunningGateway;

json::object Claim(const std::string& id, const std::string& state,
                   const std::string& reason = "") {
  json::object claim;
  claim["id"] = id;
  claim["state"] = state;
  if (!reason.empty()) {
    json::object rejection;
    rejection["reason"] = reason;
    claim["rejection"] = std::move(rejection);
  }
  return claim;
}

class ImportRoutesTest : public ::testing::Test {
 protected:
  RunningGateway gateway_;
  // Does not compress, repeats nowhere at the size of a buffer.
  static std::string Content(std::size_t bytes) {
    std::string content(bytes, '\0');
    std::uint32_t state = 1;
    for (char& c : content) {
      state = state * 1664525U + 1013904223U;
      c = static_cast<char>(state >> 24);
    }
    return content;
  }
};

TEST_F(ImportRoutesTest, ARawBodyReachesQuarantineWhole) {
  const std::string content = Content(3'000'000);
  const RawResponse response = gateway_.Ask("POST", "/api/models/import?name=a%20b.gguf", content);
  ASSERT_EQ(response.status, 202) << response.body;
  EXPECT_EQ(response.body, R"({"id":"claim-1"})");
  EXPECT_TRUE(gateway_.rooms().received == content);
  EXPECT_EQ(gateway_.rooms().commits, 1);
  EXPECT_EQ(gateway_.rooms().last_begin.at("name"), "a b.gguf");
  EXPECT_EQ(gateway_.rooms().last_begin.at("bytes"), 3'000'000);
  EXPECT_EQ(gateway_.rooms().last_begin.at("source"), "local");
}

TEST_F(ImportRoutesTest, AFormGivesItsFileAndTheNameOfIt) {
  const std::string content = Content(700'000) + "\r\n--X";
  const std::string body =
      "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"m.gguf\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n" +
      content + "\r\n--XyZ--\r\n";
  const RawResponse response = gateway_.Ask("POST", "/api/models/import?name=other", body,
                                            "Content-Type: multipart/form-data; boundary=XyZ\r\n");
  ASSERT_EQ(response.status, 202) << response.body;
  EXPECT_TRUE(gateway_.rooms().received == content);
  EXPECT_EQ(gateway_.rooms().last_begin.at("name"), "m.gguf");
}

TEST_F(ImportRoutesTest, RefusesABodyThatIsNoImport) {
  const std::string form = "Content-Type: multipart/form-data; boundary=XyZ\r\n";
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a").status, 400);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import", "GGUF").status, 400);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import", "GGUF", form).status, 400);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import", "--XyZ--\r\n", form).status, 400);
  EXPECT_EQ(gateway_.rooms().uploads, 0);
}

TEST_F(ImportRoutesTest, ABrokenFormIsAborted) {
  const std::string body =
      "--XyZ\r\nContent-Disposition: form-data; filename=\"m.gguf\"\r\n\r\nGGUF";
  EXPECT_EQ(gateway_
                .Ask("POST", "/api/models/import", body,
                     "Content-Type: multipart/form-data; boundary=XyZ\r\n")
                .status,
            400);
  EXPECT_EQ(gateway_.rooms().aborts, 1);
  EXPECT_EQ(gateway_.rooms().commits, 0);
}

TEST_F(ImportRoutesTest, TheSizeLimitHoldsOnBothSides) {
  gateway_.Do([&] { gateway_.config().max_model_bytes = 100'000; });
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a", Content(100'000)).status, 202);
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a", Content(100'001)).status, 413);
  EXPECT_EQ(gateway_.rooms().aborts, 1);  // Within the form's room: found out while it came.
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a", Content(300'000)).status, 413);
  EXPECT_EQ(gateway_.rooms().uploads, 2);  // The last was refused by its length.
  RawClient chunked(gateway_.port());
  chunked.Send(MakeRequest(gateway_.port(), "POST", "/api/models/import?name=a", "",
                           "Transfer-Encoding: chunked\r\n") +
               "30000\r\n" + Content(0x30000) + "\r\n0\r\n\r\n");
  const auto answer = chunked.Receive();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 413);
}

TEST_F(ImportRoutesTest, WithoutRoomTheAnswerIs507) {
  gateway_.Do([&] {
    gateway_.rooms().FailNext("quarantine.begin",
                              {ErrorCode::kUnavailable, "not enough free space"});
  });
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a", "GGUF").status, 507);
  gateway_.Do([&] {
    gateway_.rooms().stops_after = 100'000;
    gateway_.rooms().claims = {Claim("claim-1", "rejected", "not enough free space")};
  });
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a", Content(2'000'000)).status, 507);
  gateway_.Do([&] { gateway_.rooms().claims.clear(); });
  EXPECT_EQ(gateway_.Ask("POST", "/api/models/import?name=a", Content(2'000'000)).status, 503);
}

TEST_F(ImportRoutesTest, ABadNameIsTheClientsFault) {
  gateway_.Do([&] {
    gateway_.rooms().FailNext("quarantine.begin", {ErrorCode::kInvalidArgument, "name: a slash"});
  });
  const RawResponse response = gateway_.Ask("POST", "/api/models/import?name=a%5fb", "GGUF");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"error":"name: a slash"})");
}

TEST_F(ImportRoutesTest, AClientThatVanishesAbortsItsUpload) {
  RawClient client(gateway_.port());
  client.Send(MakeRequest(gateway_.port(), "POST", "/api/models/import?name=a", "",
                          "Content-Length: 1000000\r\n") +
              Content(1000));
  ASSERT_TRUE(Eventually([&] { return gateway_.rooms().uploads == 1; }));
  client.Close();
  EXPECT_TRUE(Eventually([&] { return gateway_.rooms().aborts == 1; }));
  EXPECT_EQ(gateway_.rooms().commits, 0);
}

TEST_F(ImportRoutesTest, ASlowQuarantineSlowsTheClientDown) {
  gateway_.Do([&] { gateway_.rooms().reads_slowly = true; });
  const std::string content = Content(8'000'000);
  RawClient client(gateway_.port());
  std::thread sender([&] {
    client.Send(MakeRequest(gateway_.port(), "POST", "/api/models/import?name=a", content));
  });
  ASSERT_TRUE(Eventually([&] { return gateway_.rooms().uploads == 1; }));
  // The gateway has taken no more than a pipe and one piece of it.
  const std::string metrics = gateway_.Ask("GET", "/metrics").body;
  const std::string_view name = "\nsecai_upload_bytes_total ";
  const std::size_t at = metrics.find(name);
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(std::stoul(metrics.substr(at + name.size())), 1'000'000U);
  gateway_.Do([&] { gateway_.rooms().Release(); });
  sender.join();
  const auto response = client.Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 202);
  EXPECT_TRUE(gateway_.rooms().received == content);
}

TEST_F(ImportRoutesTest, ShowsDiscardsAndResubmitsClaims) {
  gateway_.rooms().claims = {Claim("c1", "rejected"), Claim("c2", "checking")};
  EXPECT_EQ(gateway_.Ask("GET", "/api/models/import/c1").body, R"({"id":"c1","state":"rejected"})");
  EXPECT_EQ(gateway_.Ask("GET", "/api/models/import/none").status, 404);
  EXPECT_EQ(gateway_.Ask("POST", "/api/quarantine/c1/resubmit", "{}").status, 202);
  EXPECT_EQ(gateway_.Ask("DELETE", "/api/quarantine/c1").status, 200);
  EXPECT_EQ(gateway_.Ask("DELETE", "/api/quarantine/c2").status, 409);
  EXPECT_EQ(gateway_.Ask("POST", "/api/quarantine/c2/resubmit").status, 409);
  EXPECT_EQ(gateway_.Ask("DELETE", "/api/quarantine/none").status, 404);
}

}  // namespace
}  // namespace secai::gateway

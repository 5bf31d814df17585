#include "net/message.h"

#include <string>

#include <gtest/gtest.h>

namespace secai::net {
namespace {

TEST(EnvelopeTest, ACallComesBackAsItWent) {
  Envelope call;
  call.kind = Envelope::Kind::kCall;
  call.id = 7;
  call.method = "registry.get";
  call.message.body["name"] = "a\nb";
  const auto decoded = DecodeEnvelope(EncodeEnvelope(call));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->kind, Envelope::Kind::kCall);
  EXPECT_EQ(decoded->id, 7U);
  EXPECT_EQ(decoded->method, "registry.get");
  EXPECT_EQ(decoded->message.body, call.message.body);
}

TEST(EnvelopeTest, AnErrorComesBackAsItWent) {
  Envelope failure;
  failure.kind = Envelope::Kind::kError;
  failure.id = 2;
  failure.error = Error{ErrorCode::kCorrupt, "\"bad\" bytes"};
  const auto decoded = DecodeEnvelope(EncodeEnvelope(failure));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(decoded->error.message, "\"bad\" bytes");
}

TEST(EnvelopeTest, TellsHowManyDescriptorsBelongToIt) {
  const auto decoded = DecodeEnvelope(R"({"kind":"item","id":1,"fds":8,"body":{}})");
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->fd_count, 8U);
}

class BadEnvelopeTest : public testing::TestWithParam<const char*> {};

TEST_P(BadEnvelopeTest, IsRefused) {
  EXPECT_EQ(DecodeEnvelope(GetParam()).error().code, ErrorCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, BadEnvelopeTest,
    testing::Values("", "[]", "{}", R"({"kind":"call"})", R"({"kind":"shout","id":1})",
                    R"({"kind":"call","id":1,"method":"a.b"})",             // No body.
                    R"({"kind":"call","id":-1,"method":"a.b","body":{}})",  // Ids are not negative.
                    R"({"kind":"call","id":1.5,"method":"a.b","body":{}})",
                    R"({"kind":"call","id":1,"method":"","body":{}})",
                    R"({"kind":"call","id":1,"method":"a.b","body":[]})",
                    R"({"kind":"call","id":1,"method":"a.b","body":{},"extra":1})",
                    R"({"kind":"item","id":1,"fds":9,"body":{}})",
                    R"({"kind":"error","id":1,"code":0,"message":""})",
                    R"({"kind":"error","id":1,"code":7,"message":""})",
                    R"({"kind":"cancel","id":1,"body":{}})", R"({"kind":"hello","version":2})",
                    R"({"kind":"cancel","id":1,"id":2})"));

TEST(EnvelopeTest, RefusesAMethodOverSixtyFourBytes) {
  const std::string head = R"({"kind":"call","id":1,"body":{},"method":")";
  EXPECT_TRUE(DecodeEnvelope(head + std::string(64, 'm') + "\"}").has_value());
  EXPECT_FALSE(DecodeEnvelope(head + std::string(65, 'm') + "\"}").has_value());
}

}  // namespace
}  // namespace secai::net

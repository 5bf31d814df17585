#include "gateway/api_error.h"

#include <string>

#include <gtest/gtest.h>

namespace secai::gateway {
namespace {

TEST(ApiErrorTest, HasTheShapeThatTheClientReads) {
  const ApiError error = {.status = 404, .message = "no", .code = "model_not_found"};
  EXPECT_EQ(ErrorJson(error, ErrorShape::kPlain), R"({"error":"no","code":"model_not_found"})");
  EXPECT_EQ(ErrorJson(error, ErrorShape::kOpenAi),
            R"({"error":{"message":"no","type":"not_found_error","code":"model_not_found",)"
            R"("param":null}})");
}

TEST(ApiErrorTest, EachStatusHasItsType) {
  const auto type_of = [](int status) {
    const std::string text = ErrorJson({.status = status}, ErrorShape::kOpenAi);
    const std::size_t begin = text.find("\"type\":\"") + 8;
    return text.substr(begin, text.find('"', begin) - begin);
  };
  EXPECT_EQ(type_of(400), "invalid_request_error");
  EXPECT_EQ(type_of(401), "authentication_error");
  EXPECT_EQ(type_of(403), "permission_error");
  EXPECT_EQ(type_of(404), "not_found_error");
  EXPECT_EQ(type_of(413), "invalid_request_error");
  EXPECT_EQ(type_of(423), "invalid_request_error");
  EXPECT_EQ(type_of(429), "rate_limit_error");
  EXPECT_EQ(type_of(503), "unavailable_error");
}

TEST(ApiErrorTest, ContextOverflowTellsBothNumbers) {
  const ApiError error = FromGenerateError(
      {ErrorCode::kInvalidArgument, "prompt of 9000 tokens is over the context of 8192"});
  EXPECT_EQ(error.status, 400);
  const std::string text = ErrorJson(error, ErrorShape::kOpenAi);
  EXPECT_NE(text.find("\"type\":\"exceed_context_size_error\""), std::string::npos);
  EXPECT_NE(text.find("\"n_prompt_tokens\":9000,\"n_ctx\":8192"), std::string::npos);
}

TEST(ApiErrorTest, BusyModelsSayWhenToComeBack) {
  for (const char* message : {"queue is full", "loading", "the worker ended"}) {
    const ApiError error = FromGenerateError({ErrorCode::kUnavailable, message});
    EXPECT_EQ(error.status, 503) << message;
    EXPECT_GT(error.retry_after_seconds, 0) << message;
    const http::Response response = ErrorResponse(error, ErrorShape::kOpenAi);
    ASSERT_EQ(response.headers.size(), 2U);
    EXPECT_EQ(response.headers[1].name, "Retry-After");
  }
}

TEST(ApiErrorTest, AnotherRoomsTextIsNotShownButForABadMember) {
  const Error secret = {ErrorCode::kUnavailable, "/var/lib/secure-ai/registry: no such file"};
  for (const ErrorCode code : {ErrorCode::kDenied, ErrorCode::kNotFound, ErrorCode::kUnavailable,
                               ErrorCode::kCorrupt, ErrorCode::kInternal}) {
    const ApiError error = FromRoomError({code, secret.message}, "the registry");
    EXPECT_EQ(error.message.find("/var"), std::string::npos);
    EXPECT_EQ(FromGenerateError({code, secret.message}).message.find("/var"), std::string::npos);
  }
  const ApiError member =
      FromRoomError({ErrorCode::kInvalidArgument, "tools[0].name: not a name\n\x1b[31m"}, "x");
  EXPECT_EQ(member.status, 400);
  EXPECT_EQ(member.param, "tools[0].name");
  EXPECT_EQ(member.message.find('\x1b'), std::string::npos);
}

TEST(ApiErrorTest, BodyErrorsAreTheClientsFault) {
  EXPECT_EQ(FromBodyError({ErrorCode::kDenied, ""}).status, 413);
  EXPECT_EQ(FromBodyError({ErrorCode::kInvalidArgument, ""}).status, 400);
  EXPECT_EQ(FromBodyError({ErrorCode::kUnavailable, ""}).status, 408);
}

}  // namespace
}  // namespace secai::gateway

#include "http/head.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::http {
namespace {

// A head with these lines after the Host.
std::string HeadWith(const std::string& lines) {
  return "POST /a?b=c HTTP/1.1\r\nHost: localhost:1\r\n" + lines + "\r\n";
}

TEST(HeadTest, ReadsMethodTargetFieldsAndFraming) {
  ASSERT_OK_AND_ASSIGN(const Head head, ParseHead(HeadWith("Content-Length: 12\r\nX-A:\t b \r\n"
                                                           "Expect: 100-Continue\r\n")));
  EXPECT_EQ(head.method, Method::kPost);
  EXPECT_EQ(head.target.segments, std::vector<std::string>{"a"});
  EXPECT_EQ(head.headers.Find("x-a"), "b");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_FALSE(head.is_chunked);
  EXPECT_TRUE(head.keeps_alive);
  EXPECT_TRUE(head.expects_continue);
}

TEST(HeadTest, KeepsAliveAsTheVersionSays) {
  ASSERT_OK_AND_ASSIGN(const Head old, ParseHead("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(old.keeps_alive);
  ASSERT_OK_AND_ASSIGN(const Head last, ParseHead(HeadWith("Connection: x, Close\r\n")));
  EXPECT_FALSE(last.keeps_alive);
}

TEST(HeadTest, TakesChunkedInAnyCaseAndUnknownMethods) {
  ASSERT_OK_AND_ASSIGN(const Head head, ParseHead(HeadWith("Transfer-Encoding: Chunked\r\n")));
  EXPECT_TRUE(head.is_chunked);
  ASSERT_OK_AND_ASSIGN(const Head odd, ParseHead("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(odd.method, Method::kOther);
}

TEST(HeadTest, RefusesSmugglingAndBrokenSyntax) {
  const std::vector<std::string> refused = {
      "",
      "\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",                        // No Host.
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",               // An empty one.
      "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",  // Two.
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
      "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET / HTTP/1.1\r\nHost: a\r\n\r\nx",
      HeadWith("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
      HeadWith("Content-Length: 1\r\nContent-Length: 1\r\n"),
      HeadWith("Content-Length: 1, 1\r\n"),
      HeadWith("Content-Length: +1\r\n"),
      HeadWith("Content-Length: 0x1\r\n"),
      HeadWith("Content-Length:\r\n"),
      HeadWith("Content-Length: 1234567890123456\r\n"),
      HeadWith("Transfer-Encoding: gzip, chunked\r\n"),
      HeadWith("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      HeadWith("Transfer-Encoding: identity\r\n"),
      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      HeadWith("X-A: b\r\n c\r\n"),  // obs-fold
      HeadWith("X-A : b\r\n"),
      HeadWith(": b\r\n"),
      HeadWith("X-A\r\n"),
      HeadWith("X-A: b\rc\r\n"),
      HeadWith("X-A: b\nc\r\n"),
      HeadWith(std::string("X-A: b\0c\r\n", 10)),
      HeadWith("X\x80: b\r\n"),
      HeadWith("Expect: 200-ok\r\n"),
      HeadWith("Origin: a\r\nOrigin: a\r\n"),
      HeadWith("Sec-Fetch-Site: none\r\nSec-Fetch-Site: same-origin\r\n"),
      HeadWith("Content-Type: a\r\nContent-Type: b\r\n"),
      HeadWith("Authorization: a\r\nAuthorization: b\r\n"),
      HeadWith("Cookie: a\r\nCookie: b\r\n"),
  };
  for (const std::string& text : refused) {
    EXPECT_TRUE(testing::FailsWith(ParseHead(text), ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(HeadTest, BoundsTheNumberOfFields) {
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_OK(ParseHead(HeadWith(lines)));  // With Host: 100.
  EXPECT_FALSE(ParseHead(HeadWith(lines + "X-More: 1\r\n")).has_value());
}

}  // namespace
}  // namespace secai::http

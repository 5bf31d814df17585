#include "secai/http_response.h"

#include <string>

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

TEST(ResponseHeadTest, ReadsWhatItNeeds) {
  const auto head = ParseResponseHead(
      "HTTP/1.1 202 Accepted\r\ncontent-LENGTH: 12\r\nX: y: z\r\n"
      "Content-Type: text/event-stream; charset=utf-8\r\n\r\n");
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->status, 202);
  EXPECT_EQ(head->content_length, 12U);
  EXPECT_TRUE(head->is_event_stream);
  EXPECT_FALSE(head->is_chunked);
}

TEST(ResponseHeadTest, RefusesWhatIsNoHead) {
  for (const std::string bad :
       {"", "\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\n"}) {
    const auto head = ParseResponseHead(bad);
    ASSERT_FALSE(head.has_value()) << bad;
    EXPECT_EQ(head.error().code, ErrorCode::kCorrupt) << bad;
  }
}

ResponseHead Chunked() {
  ResponseHead head;
  head.status = 200;
  head.is_chunked = true;
  return head;
}

TEST(BodyDecoderTest, ReadsChunksCutAnywhere) {
  const std::string wire = "5;ext=1\r\nhello\r\nA\r\n, world :)\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    BodyDecoder decoder(Chunked());
    std::string body;
    ASSERT_TRUE(decoder.Push(std::string_view(wire).substr(0, cut), &body).has_value()) << cut;
    ASSERT_TRUE(decoder.Push(std::string_view(wire).substr(cut), &body).has_value()) << cut;
    EXPECT_EQ(body, "hello, world :)") << cut;
    EXPECT_TRUE(decoder.is_complete()) << cut;
    EXPECT_TRUE(decoder.Finish().has_value());
  }
}

TEST(BodyDecoderTest, RefusesBrokenChunks) {
  for (const std::string bad :
       {"x\r\n", "\r\n", "5\nhello", "2\r\nabc\r\n", "-1\r\n", "11111111111111111\r\n"}) {
    BodyDecoder decoder(Chunked());
    std::string body;
    EXPECT_FALSE(decoder.Push(bad, &body).has_value()) << bad;
  }
}

TEST(BodyDecoderTest, ALengthEndsTheBody) {
  ResponseHead head;
  head.status = 200;
  head.content_length = 3;
  BodyDecoder decoder(head);
  std::string body;
  ASSERT_TRUE(decoder.Push("ab", &body).has_value());
  EXPECT_FALSE(decoder.is_complete());
  EXPECT_EQ(decoder.Finish().error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(decoder.Push("cd", &body).has_value());
  EXPECT_TRUE(decoder.is_complete());
  EXPECT_EQ(body, "abc");
}

TEST(BodyDecoderTest, WithoutALengthTheConnectionEndsIt) {
  ResponseHead head;
  head.status = 200;
  BodyDecoder decoder(head);
  std::string body;
  ASSERT_TRUE(decoder.Push("ab", &body).has_value());
  EXPECT_TRUE(decoder.Finish().has_value());
  EXPECT_EQ(body, "ab");
}

}  // namespace
}  // namespace secai::cli

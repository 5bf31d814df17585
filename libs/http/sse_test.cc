#include "http/sse.h"

#include <gtest/gtest.h>

namespace secai::http {
namespace {

TEST(SseTest, EncodesEventAndData) {
  EXPECT_EQ(EncodeSseEvent("", "{}"), "data: {}\n\n");
  EXPECT_EQ(EncodeSseEvent("models", "{\"a\":1}"), "event: models\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(EncodeSseEvent("", ""), "data: \n\n");
}

TEST(SseTest, NoContentCanEndTheEvent) {
  EXPECT_EQ(EncodeSseEvent("", "a\n\nevent: x\r\ndata: y\rz"),
            "data: a\ndata: \ndata: event: x\ndata: data: y\ndata: z\n\n");
}

}  // namespace
}  // namespace secai::http

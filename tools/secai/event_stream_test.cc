#include "secai/event_stream.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

TEST(EventStreamTest, GivesTheDataOfEachEventHoweverItIsCut) {
  const std::string wire =
      ": ping\n\nevent: x\ndata: {\"a\":1}\nid: 4\n\ndata:one\r\ndata: two\r\n\r\ndata: "
      "[DONE]\n\nrest";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    EventStream stream;
    std::vector<std::string> events;
    const auto take = [&](std::string_view data) { events.emplace_back(data); };
    ASSERT_TRUE(stream.Push(std::string_view(wire).substr(0, cut), take).has_value());
    ASSERT_TRUE(stream.Push(std::string_view(wire).substr(cut), take).has_value());
    EXPECT_EQ(events, (std::vector<std::string>{"{\"a\":1}", "one\ntwo", "[DONE]"})) << cut;
  }
}

TEST(EventStreamTest, RefusesAnEndlessEvent) {
  EventStream stream;
  const std::string piece(std::size_t{1} << 20, 'x');
  bool is_refused = false;
  for (int i = 0; i < 9 && !is_refused; ++i) {
    is_refused = !stream.Push(piece, [](std::string_view /*data*/) {}).has_value();
  }
  EXPECT_TRUE(is_refused);
}

}  // namespace
}  // namespace secai::cli

#include "gateway/events.h"

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "base/testing/result_matchers.h"
#include "gateway/testing/gateway_fixture.h"

namespace secai::gateway {
namespace {

using http::testing::MakeRequest;
using http::testing::RawClient;
using testing::Eventually;
using testing::RunningGateway;

boost::json::object Object(const std::string& text) {
  return ParseStrictJson(text).value().as_object();
}

class EventsTest : public ::testing::Test {
 protected:
  EventsTest() {
    gateway_.rooms().claims = {Object(R"({"id":"c1","state":"checking"})")};
    gateway_.rooms().AddModel("smol", 'a');
    gateway_.FollowRooms();
    EXPECT_TRUE(Eventually([&] { return gateway_.rooms().watchers == 3; }));
  }
  void Announce(const std::string& claims) {
    gateway_.Do([&] {
      gateway_.rooms().claims_change = Object(claims);
      gateway_.rooms().Announce();
    });
  }

  RunningGateway gateway_;
};

TEST_F(EventsTest, AReaderGetsThePresentAndThenEachChange) {
  RawClient client(gateway_.port());
  client.Send(MakeRequest(gateway_.port(), "GET", "/api/events"));
  const std::string seen = client.ReceiveUntil("\"checking\"");
  EXPECT_NE(seen.find("text/event-stream"), std::string::npos);
  EXPECT_NE(seen.find("event: claims\ndata: {\"claims\":[{\"id\":\"c1\",\"state\":\"checking\"}]}"),
            std::string::npos);
  client.ReceiveUntil("event: registry");
  client.ReceiveUntil("event: models");
  Announce(R"({"claims":[{"id":"c1","state":"promoted"}]})");
  EXPECT_NE(client.ReceiveUntil("\"promoted\"").find("\"promoted\""), std::string::npos);
}

TEST_F(EventsTest, ALateReaderSeesWhatIsNowAndNotWhatWasDiscarded) {
  Announce(R"({"claims":[{"id":"c1","state":"discarded"},{"id":"c2","state":"received"}]})");
  ASSERT_TRUE(Eventually([&] {
    RawClient client(gateway_.port());
    client.Send(MakeRequest(gateway_.port(), "GET", "/api/events"));
    const std::string seen = client.ReceiveUntil("event: registry");
    return seen.find("{\"claims\":[{\"id\":\"c2\",\"state\":\"received\"}]}") != std::string::npos;
  }));
}

TEST_F(EventsTest, ReadersThatLeaveAreForgotten) {
  {
    RawClient client(gateway_.port());
    client.Send(MakeRequest(gateway_.port(), "GET", "/api/events"));
    client.ReceiveUntil("event: registry");
    gateway_.Do([&] { EXPECT_EQ(gateway_.parts().events->reader_count(), 1U); });
  }
  EXPECT_TRUE(Eventually([&] {
    std::size_t count = 0;
    gateway_.Do([&] { count = gateway_.parts().events->reader_count(); });
    return count == 0;
  }));
}

TEST_F(EventsTest, AReaderThatFallsBehindIsCutOff) {
  std::shared_ptr<EventHub::Reader> reader;
  gateway_.Do([&] {
    auto joined = gateway_.parts().events->Join();
    ASSERT_TRUE(joined.has_value());
    reader = *joined;
  });
  const std::string large(700'000, 'x');
  for (int i = 0; i < 8; ++i) {
    Announce(R"({"claims":[{"id":"c1","state":"checking","name":")" + large + "\"}]}");
    gateway_.Ask("GET", "/healthz");  // Time for the link.
  }
  // It was told to come again; the hub holds nothing for it.
  EXPECT_TRUE(Eventually([&] {
    bool is_cut_off = false;
    gateway_.Do([&] { is_cut_off = reader->is_cut_off(); });
    if (!is_cut_off) Announce(R"({"claims":[{"id":"c1","name":")" + large + "\"}]}");
    return is_cut_off;
  }));
}

TEST_F(EventsTest, ThereIsALimitOfReaders) {
  gateway_.Do([&] {
    std::vector<std::shared_ptr<EventHub::Reader>> readers;
    for (std::size_t i = 0; i < EventHub::kMaxReaders; ++i) {
      readers.push_back(gateway_.parts().events->Join().value());
    }
    EXPECT_FALSE(gateway_.parts().events->Join().has_value());
    readers.pop_back();
    EXPECT_TRUE(gateway_.parts().events->Join().has_value());
  });
}

}  // namespace
}  // namespace secai::gateway

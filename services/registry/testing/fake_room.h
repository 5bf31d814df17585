#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "net/caller.h"

namespace secai::registry::testing {

// A room that says yes to every call and remembers it, or is down.
class FakeRoom final : public net::Caller {
 public:
  struct Asked {
    std::string method;
    boost::json::object body;
  };

  boost::asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                                    std::chrono::milliseconds) override {
    if (is_down) co_return Fail(ErrorCode::kUnavailable, "the room is down");
    asked.push_back({std::move(method), std::move(request.body)});
    net::Message reply;
    reply.body["seq"] = asked.size();
    co_return reply;
  }

  boost::asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(std::string,
                                                                         net::Message) override {
    co_return Fail(ErrorCode::kNotFound, "no streams here");
  }

  std::vector<Asked> asked;
  bool is_down = false;
};

}  // namespace secai::registry::testing

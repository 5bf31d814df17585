#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "base/result.h"
#include "net/caller.h"

namespace secai::quarantine {

// A room that answers each method with what the test put there, and remembers what it was asked.
// Thread-safety: one thread only.
class FakeRoom final : public net::Caller {
 public:
  struct Asked {
    std::string method;
    boost::json::object body;
    std::size_t fds = 0;
  };

  boost::asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                                    std::chrono::milliseconds) override {
    asked.push_back({method, request.body, request.fds.size()});
    if (failures > 0) {
      --failures;
      co_return Fail(ErrorCode::kUnavailable, "down");
    }
    if (const auto found = errors.find(method); found != errors.end()) {
      co_return tl::unexpected(found->second);
    }
    net::Message reply;
    if (const auto found = answers.find(method); found != answers.end()) reply.body = found->second;
    co_return reply;
  }

  boost::asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(std::string,
                                                                         net::Message) override {
    co_return Fail(ErrorCode::kNotFound, "no streams here");
  }

  std::vector<Asked> asked;
  std::map<std::string, boost::json::object> answers;
  std::map<std::string, Error> errors;
  int failures = 0;  // So many calls fail first.
};

}  // namespace secai::quarantine

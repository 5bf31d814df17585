#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/blocking_link.h"
#include "sandbox/spawner.h"

namespace secai::inference::testing {

// A real, confined inference-worker and the other end of its socket. One call a time may be waited
// for; others may be under way. Thread-safety: one thread only.
class WorkerDriver {
 public:
  struct Outcome {
    std::vector<boost::json::object> items;
    Result<boost::json::object> reply = Fail(ErrorCode::kInternal, "not ended");
    bool has_ended = false;

    // The texts of all items.
    std::string text() const;
  };

  // Starts the program; loads nothing. `spawner` must outlive the driver.
  static std::unique_ptr<WorkerDriver> Start(sandbox::Spawner* spawner);

  // worker.load; checks that it succeeds and gives its reply.
  Result<boost::json::object> Load(UniqueFd memory, int context_tokens, int sequences = 4);

  std::uint64_t Send(std::string method, boost::json::object body, std::vector<UniqueFd> fds = {});
  void Cancel(std::uint64_t id);
  // Receives one envelope of any call; kUnavailable when the process is gone.
  Result<> ReceiveOne();
  // Receives until the call has ended, or the process is gone (then the outcome's reply says so).
  Outcome Wait(std::uint64_t id);
  Outcome Call(std::string method, boost::json::object body) {
    return Wait(Send(std::move(method), std::move(body)));
  }
  // A generation for identity "me", greedy unless `request` says otherwise.
  Outcome Generate(boost::json::object request) { return Wait(SendGenerate(std::move(request))); }
  std::uint64_t SendGenerate(boost::json::object request);

  const Outcome& outcome(std::uint64_t id) { return outcomes_[id]; }
  sandbox::Child& child() { return child_; }

 private:
  WorkerDriver(sandbox::Child child, UniqueFd socket)
      : child_(std::move(child)), link_(std::move(socket), net::kChatMaxFrameBytes) {}

  sandbox::Child child_;
  net::BlockingLink link_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Outcome> outcomes_;
};

// {"role": "user", "content": text} in an array.
boost::json::array UserSays(std::string_view text);

}  // namespace secai::inference::testing

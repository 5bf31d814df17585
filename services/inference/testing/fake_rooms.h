#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "inference/memory_info.h"
#include "inference/worker_launcher.h"
#include "net/caller.h"
#include "net/signal.h"

namespace secai::inference::testing {

// A registry with models that are only names and sizes, and an audit room that remembers.
class FakeRooms final : public net::Caller {
 public:
  void Add(const std::string& sha256, std::string name, std::uint64_t bytes);

  boost::asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                                    std::chrono::milliseconds budget) override;
  boost::asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(
      std::string method, net::Message request) override;

  std::vector<std::string> events;  // Recorded, in order.
  int opened = 0;                   // Models given out.
  bool is_runnable = true;
  std::string status = "admitted";

 private:
  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;
  };
  std::map<std::string, Entry, std::less<>> models_;
};

// What the fake workers do, and what became of them.
struct WorkerScript {
  std::uint64_t context_bytes = 0;
  std::uint32_t sequences = 4;
  bool load_fails = false;
  int started = 0;  // Processes so far,
  int running = 0;  // and now.
  // A generation does not end before this is set (then Notify()).
  bool answers = true;
  bool is_responsive = true;       // To worker.state.
  std::function<void()> end_last;  // Ends the newest process as a crash would.
  net::Signal* changed = nullptr;
};

// Processes without processes.
class FakeLauncher final : public WorkerLauncher {
 public:
  FakeLauncher(boost::asio::any_io_executor executor, WorkerScript* script)
      : executor_(std::move(executor)), script_(script) {}
  Result<std::unique_ptr<Worker>> Launch() override;
  Result<Loan> Lend() override;

 private:
  boost::asio::any_io_executor executor_;
  WorkerScript* script_;
};

class FakeMemory final : public MemoryInfo {
 public:
  Result<std::uint64_t> AvailableBytes() const override { return available(); }
  std::function<std::uint64_t()> available = [] { return std::uint64_t{1} << 40; };
};

}  // namespace secai::inference::testing

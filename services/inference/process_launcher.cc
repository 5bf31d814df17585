#include "inference/process_launcher.h"

#include <utility>

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "net/link.h"

namespace secai::inference {
namespace {

namespace asio = boost::asio;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

std::string Describe(sandbox::Child* child) {
  const auto status = child->Poll();
  if (!status.has_value()) return "unknown: " + status.error().message;
  if (!status->has_value()) return "";
  return fmt::format("{} {}", (*status)->was_signalled ? "signal" : "exit code", (*status)->value);
}

class ProcessWorker final : public Worker {
 public:
  ProcessWorker(sandbox::Child child, std::shared_ptr<net::Link> link)
      : child_(std::move(child)), link_(std::move(link)) {}
  ~ProcessWorker() override { link_->Close(); }

  net::Caller& calls() override { return *link_; }
  void End() override {
    link_->Close();
    if (const auto killed = child_.Kill(); !killed.has_value()) {
      log::Warn("inference.worker_not_killed", {{"reason", killed.error().message}});
    }
  }
  asio::awaitable<void> WaitClosed() override {
    const std::shared_ptr<net::Link> link = link_;  // This object may go while we wait.
    co_await link->WaitClosed();
  }
  std::string ending() override { return Describe(&child_); }

 private:
  sandbox::Child child_;
  std::shared_ptr<net::Link> link_;
};

class LentProcess final : public LentWorker {
 public:
  LentProcess(asio::any_io_executor executor, sandbox::Child child, UniqueFd ended)
      : child_(std::move(child)), ended_(std::move(executor), ended.Release()) {}

  asio::awaitable<void> WaitEnded() override {
    const auto [error] =
        co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read, kUseTuple);
    if (error) log::Warn("inference.probe_unwatched", {{"reason", error.message()}});
  }

 private:
  sandbox::Child child_;
  asio::posix::stream_descriptor ended_;
};

}  // namespace

struct ProcessLauncher::Started {
  sandbox::Child child;
  net::Link::Socket socket;  // Ours.
};

Result<ProcessLauncher::Started> ProcessLauncher::Start() {
  net::Link::Socket ours(executor_);
  net::Link::Socket theirs(executor_);
  boost::system::error_code error;
  asio::local::connect_pair(ours, theirs, error);
  if (error)
    return Fail(ErrorCode::kUnavailable, "no socket pair for a worker: " + error.message());
  TRY_ASSIGN(sandbox::Child child, spawner_->Spawn({}, {theirs.native_handle()}));
  return Started{.child = std::move(child), .socket = std::move(ours)};
}

Result<std::unique_ptr<Worker>> ProcessLauncher::Launch() {
  TRY_ASSIGN(Started started, Start());
  auto link =
      net::Link::Start(std::move(started.socket),
                       {.peer = "inference-worker", .max_frame_bytes = net::kChatMaxFrameBytes});
  return std::make_unique<ProcessWorker>(std::move(started.child), std::move(link));
}

Result<Loan> ProcessLauncher::Lend() {
  TRY_ASSIGN(Started started, Start());
  // The descriptor of the process is the child's; waiting needs one of its own.
  UniqueFd ended(::fcntl(started.child.pidfd(), F_DUPFD_CLOEXEC, 0));
  if (!ended.is_open()) return Fail(ErrorCode::kUnavailable, "no descriptor to watch a probe");
  boost::system::error_code error;
  UniqueFd socket(started.socket.release(error));
  if (error)
    return Fail(ErrorCode::kInternal, "a worker's socket can not be lent: " + error.message());
  return Loan{.socket = std::move(socket),
              .worker = std::make_unique<LentProcess>(executor_, std::move(started.child),
                                                      std::move(ended))};
}

}  // namespace secai::inference

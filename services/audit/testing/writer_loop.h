#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "audit/log_writer.h"
#include "base/check.h"

namespace secai::audit::testing {

// A writer with its loop and its thread, for tests: asks, and waits for the answers.
class WriterLoop {
 public:
  static Result<std::unique_ptr<WriterLoop>> Open(storage::Folder* folder, const Clock* clock) {
    std::unique_ptr<WriterLoop> loop(new WriterLoop);
    TRY_ASSIGN(loop->writer_,
               LogWriter::Open(folder, clock, loop->io_.get_executor(), &loop->pool_));
    return loop;
  }
  WriterLoop(const WriterLoop&) = delete;
  WriterLoop& operator=(const WriterLoop&) = delete;
  ~WriterLoop() {
    pool_.join();
    io_.stop();
  }

  LogWriter& writer() { return *writer_; }
  boost::asio::io_context& io() { return io_; }
  boost::asio::thread_pool* pool() { return &pool_; }

  // All at one time; the answers in the order of the questions.
  std::vector<Result<std::uint64_t>> RecordAll(const std::vector<Event>& events) {
    std::vector<std::optional<Result<std::uint64_t>>> answers(events.size());
    std::size_t left = events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
      boost::asio::co_spawn(
          io_,
          writer_->Record(std::string(events[i].name.substr(0, events[i].name.find('.'))),
                          events[i]),
          [&, i](const std::exception_ptr& thrown, Result<std::uint64_t> answer) {
            CHECK(thrown == nullptr);
            answers[i] = std::move(answer);
            --left;
          });
    }
    Start();
    io_.restart();
    while (left > 0) io_.run_one();
    std::vector<Result<std::uint64_t>> all;
    for (auto& answer : answers) all.push_back(*std::move(answer));
    return all;
  }

  Result<std::uint64_t> Record(const Event& event) { return RecordAll({event}).front(); }

  // Begins to write; RecordAll() does it by itself.
  void Start() {
    if (std::exchange(is_started_, true)) return;
    boost::asio::co_spawn(io_, writer_->Run(), [](const std::exception_ptr&) {});
  }

 private:
  WriterLoop() = default;

  boost::asio::thread_pool pool_{1};
  boost::asio::io_context io_;
  std::unique_ptr<LogWriter> writer_;  // Destroyed first: its signals live on the loop.
  bool is_started_ = false;
};

}  // namespace secai::audit::testing

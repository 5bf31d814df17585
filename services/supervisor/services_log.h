#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::supervisor {

// var/log/secure-ai/services.log: what the rooms say on stderr, one JSON object a line
// (base/log.h). At `max_bytes` it becomes services.log.1, replacing the one before: the disk holds
// twice that at most. Thread-safety: one thread only. Writes are not synced: these lines are for
// operators, not evidence.
class ServicesLog {
 public:
  // Borrows `folder_fd` and `clock`, which must outlive it. Errors: kInternal, kDenied for a link.
  static Result<ServicesLog> Open(int folder_fd, const Clock* clock,
                                  std::uint64_t max_bytes = std::uint64_t{8} << 20);

  // Writes a line that `room` said, without line end. A line that is no JSON object (a crash report
  // of a library, say) is wrapped into one, escaped. What cannot be written (disk full) is lost.
  void Write(std::string_view room, std::string_view line);

 private:
  ServicesLog(int folder_fd, const Clock* clock, std::uint64_t max_bytes)
      : folder_fd_(folder_fd), clock_(clock), max_bytes_(max_bytes) {}
  Result<> OpenFile();

  int folder_fd_;
  const Clock* clock_;
  std::uint64_t max_bytes_;
  UniqueFd file_;
  std::uint64_t bytes_ = 0;
};

// Cuts a stream of bytes into lines of at most 8 KiB; a longer one is cut there.
class LineCutter {
 public:
  static constexpr std::size_t kMaxLineBytes = 8192;

  // Calls `take` for each line that is complete now. Empty lines are left out.
  template <typename Take>
  void Push(std::string_view bytes, const Take& take) {
    for (const char c : bytes) {
      if (c == '\n' || line_.size() == kMaxLineBytes) Finish(take);
      if (c != '\n') line_.push_back(c);
    }
  }
  // The end of the stream.
  template <typename Take>
  void Finish(const Take& take) {
    if (!line_.empty()) take(std::string_view(line_));
    line_.clear();
  }

 private:
  std::string line_;
};

// Copies all that `room` says on the pipe to `log` until the last writer has closed it. `last_line`
// always holds the last line said. Both must outlive the coroutine's end, so they are shared.
boost::asio::awaitable<void> CopyErrors(boost::asio::posix::stream_descriptor pipe,
                                        std::string room, std::shared_ptr<ServicesLog> log,
                                        std::shared_ptr<std::string> last_line);

}  // namespace secai::supervisor

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>

#include "audit/api/events.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/signal.h"
#include "storage/append_log.h"
#include "storage/fs.h"

namespace secai::audit {

inline constexpr const char* kLogFileName = "audit.log";

// The one writer of the log. Entries that come while the disk is busy share the next write and
// sync, so many waiting callers cost about as much as one.
//
// Durability: Record() returns Ok() only when the entry survives power loss. Numbers have no gaps
// and continue after a restart; a restart reads the end of the log, not the log. Limits: entries of
// kMaxEntryBytes; 16 MiB of them may wait. Errors: kUnavailable when the disk is full or fails:
// nothing of it is in the log then, and the next Record() tries anew. kInvalidArgument for an entry
// that is too large. Thread-safety: the executor's thread; the disk work runs on `pool`. Ownership:
// borrows folder, clock and pool; Run() must have ended, and the pool be joined, before this object
// dies.
class LogWriter {
 public:
  // Opens the log in `folder`, cutting off and keeping a torn end; then says so in an entry
  // `audit.repaired`. Blocks. The caller holds the folder's lock (DirFolder::Lock).
  static Result<std::unique_ptr<LogWriter>> Open(storage::Folder* folder, const Clock* clock,
                                                 boost::asio::any_io_executor executor,
                                                 boost::asio::thread_pool* pool);

  // `room` is who says it, as the supervisor named it; `event.name` must be one of its events.
  boost::asio::awaitable<Result<std::uint64_t>> Record(std::string room, Event event);

  // Writes what was recorded until it is cancelled. Must be running for Record() to return.
  boost::asio::awaitable<void> Run();

  // How many bytes of the log, and which last entry, are durable. Safe from any thread.
  std::uint64_t durable_bytes() const { return durable_bytes_.load(); }
  std::uint64_t last_seq() const { return last_seq_.load(); }

 private:
  // Entries that are written together.
  struct Batch {
    explicit Batch(const boost::asio::any_io_executor& executor) : done(executor) {}
    std::vector<std::string> rests;  // FormatEntryRest() of each.
    std::size_t bytes = 0;
    std::optional<Result<std::uint64_t>> first_seq;  // Once written, or the error.
    net::Signal done;
  };

  LogWriter(storage::Folder* folder, const Clock* clock, boost::asio::any_io_executor executor,
            boost::asio::thread_pool* pool);

  Result<> OpenLog();
  Result<std::uint64_t> Commit(const std::vector<std::string>& rests);

  storage::Folder* folder_;
  const Clock* clock_;
  boost::asio::any_io_executor executor_;
  boost::asio::thread_pool* pool_;
  // Used by the thread that commits only.
  std::optional<storage::AppendLog> log_;
  std::uint64_t next_seq_ = 1;
  std::atomic<std::uint64_t> durable_bytes_ = 0;
  std::atomic<std::uint64_t> last_seq_ = 0;
  // Used by the executor's thread only.
  std::shared_ptr<Batch> next_;
  net::Signal has_entries_;
};

}  // namespace secai::audit

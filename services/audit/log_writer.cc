#include "audit/log_writer.h"

#include <utility>

#include "audit/entry.h"
#include "base/log.h"
#include "net/run_on_pool.h"

namespace secai::audit {
namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{16} << 20;

storage::AppendLogOptions LogOptions() {
  storage::AppendLogOptions options;
  options.max_record_bytes = kMaxEntryBytes;
  options.is_record = [](std::string_view line) { return ParseEntry(line).has_value(); };
  return options;
}

}  // namespace

LogWriter::LogWriter(storage::Folder* folder, const Clock* clock,
                     boost::asio::any_io_executor executor, boost::asio::thread_pool* pool)
    : folder_(folder),
      clock_(clock),
      executor_(std::move(executor)),
      pool_(pool),
      next_(std::make_shared<Batch>(executor_)),
      has_entries_(executor_) {}

Result<std::unique_ptr<LogWriter>> LogWriter::Open(storage::Folder* folder, const Clock* clock,
                                                   boost::asio::any_io_executor executor,
                                                   boost::asio::thread_pool* pool) {
  std::unique_ptr<LogWriter> writer(new LogWriter(folder, clock, std::move(executor), pool));
  TRY(writer->OpenLog());
  return writer;
}

Result<> LogWriter::OpenLog() {
  TRY_ASSIGN(log_, storage::AppendLog::Open(folder_, kLogFileName, LogOptions()));
  next_seq_ = 1;
  if (log_->last_record().has_value()) {
    TRY_ASSIGN(const Entry last, ParseEntry(*log_->last_record()));
    next_seq_ = last.seq + 1;
  }
  durable_bytes_ = log_->size();
  last_seq_ = next_seq_ - 1;
  if (!log_->repair().has_value()) return Ok();
  const storage::LogRepair repair = *log_->repair();
  log::Warn("audit.repaired", {{"cut_bytes", repair.cut_bytes}, {"kept_as", repair.kept_as}});
  const Event event =
      events::AuditRepaired{repair.offset, repair.cut_bytes, repair.kept_as}.ToEvent();
  TRY_ASSIGN(std::string rest, FormatEntryRest(clock_->Now(), "audit", event.name, event.fields));
  TRY(Commit({std::move(rest)}));
  return Ok();
}

boost::asio::awaitable<Result<std::uint64_t>> LogWriter::Record(std::string room, Event event) {
  CO_TRY_ASSIGN(std::string rest, FormatEntryRest(clock_->Now(), room, event.name, event.fields));
  const std::shared_ptr<Batch> batch = next_;
  if (batch->bytes + rest.size() > kMaxWaitingBytes) {
    co_return Fail(ErrorCode::kUnavailable, "too many audit entries wait to be written");
  }
  const std::size_t index = batch->rests.size();
  batch->bytes += rest.size();
  batch->rests.push_back(std::move(rest));
  has_entries_.Notify();
  while (!batch->first_seq.has_value()) co_await batch->done.Wait();
  CO_TRY_ASSIGN(const std::uint64_t first_seq, *batch->first_seq);
  co_return first_seq + index;
}

boost::asio::awaitable<void> LogWriter::Run() {
  while (true) {
    while (next_->rests.empty()) co_await has_entries_.Wait();
    const std::shared_ptr<Batch> batch = std::exchange(next_, std::make_shared<Batch>(executor_));
    const auto commit = [this, batch]() -> Result<std::uint64_t> {
      // After a failed sync nobody knows what is on the disk: the end is read anew.
      if (!log_.has_value()) TRY(OpenLog());
      return Commit(batch->rests);
    };
    Result<std::uint64_t> first_seq = co_await net::RunOnPool(pool_, commit);
    if (!first_seq.has_value()) {
      log::Error("audit.write_failed", {{"reason", first_seq.error().message}});
    }
    batch->first_seq = std::move(first_seq);
    batch->done.Notify();
  }
}

Result<std::uint64_t> LogWriter::Commit(const std::vector<std::string>& rests) {
  std::vector<std::string> lines;
  lines.reserve(rests.size());
  for (const std::string& rest : rests)
    lines.push_back(FormatEntry(next_seq_ + lines.size(), rest));
  if (auto written = log_->Append(lines); !written.has_value()) {
    if (log_->is_broken()) log_.reset();
    return tl::unexpected<Error>(
        Error{ErrorCode::kUnavailable, written.error().message}.Wrap("writing the audit log"));
  }
  const std::uint64_t first_seq = next_seq_;
  next_seq_ += lines.size();
  durable_bytes_ = log_->size();
  last_seq_ = next_seq_ - 1;
  return first_seq;
}

}  // namespace secai::audit

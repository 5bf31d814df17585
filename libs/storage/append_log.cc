#include "storage/append_log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "storage/backward_lines.h"

namespace secai::storage {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{64} << 10;
constexpr int kMaxKeptFiles = 100;  // Of one offset.

// Copies the bytes of `file` from `offset` on into a new file beside it, and syncs both the file
// and its name. Returns the name.
Result<std::string> KeepBeside(Folder* folder, const std::string& name, File* file,
                               std::uint64_t offset, std::uint64_t end) {
  for (int attempt = 0; attempt < kMaxKeptFiles; ++attempt) {
    std::string kept = fmt::format("{}.torn-{}", name, offset);
    if (attempt > 0) kept += fmt::format("-{}", attempt);
    auto copy = folder->CreateExclusive(kept, 0600);
    if (!copy.has_value() && copy.error().code == ErrorCode::kInvalidArgument) continue;
    if (!copy.has_value()) return tl::unexpected<Error>(std::move(copy).error());
    std::string piece;
    for (std::uint64_t at = offset; at < end; at += piece.size()) {
      piece.resize(std::min<std::uint64_t>(kCopyBytes, end - at));
      TRY_ASSIGN(const std::size_t got,
                 file->ReadAt(at, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}));
      if (got != piece.size()) return Fail(ErrorCode::kUnavailable, "the log became shorter");
      TRY((*copy)->Append(piece));
    }
    TRY((*copy)->Sync());
    TRY(folder->Sync());
    return kept;
  }
  return Fail(ErrorCode::kUnavailable, "too many torn ends are kept beside " + name);
}

}  // namespace

Result<AppendLog> AppendLog::Open(Folder* folder, std::string name, AppendLogOptions options) {
  TRY_ASSIGN(auto file, folder->OpenForWriting(name, IfMissing::kCreate));
  TRY(folder->Sync());  // It may be new.
  AppendLog log(std::move(file), std::move(options));
  TRY(log.FindEnd(folder, name));
  return log;
}

Result<> AppendLog::FindEnd(Folder* folder, const std::string& name) {
  TRY_ASSIGN(const std::uint64_t file_size, file_->Size());
  TRY_ASSIGN(size_, EndOfLastWholeLine(file_.get(), file_size));
  BackwardLines lines(file_.get(), size_, options_.max_record_bytes);
  while (true) {
    TRY_ASSIGN(auto line, lines.Previous());
    if (!line.has_value()) break;
    if (!line->is_too_long && (!options_.is_record || options_.is_record(line->text))) {
      last_record_ = std::move(line->text);
      break;
    }
    size_ = line->offset;
  }
  if (size_ == file_size) return Ok();
  TRY_ASSIGN(std::string kept, KeepBeside(folder, name, file_.get(), size_, file_size));
  repair_ = LogRepair{size_, file_size - size_, std::move(kept)};
  TRY(file_->Truncate(size_));
  return file_->Sync();
}

Result<> AppendLog::Append(std::span<const std::string> records) {
  if (is_broken_) return Fail(ErrorCode::kUnavailable, "the log failed to sync; open it anew");
  std::string bytes;
  for (const std::string& record : records) {
    if (record.size() > options_.max_record_bytes || record.find('\n') != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "not one line of at most the limit");
    }
    bytes += record;
    bytes += '\n';
  }
  if (has_remains_) TRY(CutBack());
  if (auto written = file_->Append(bytes); !written.has_value()) {
    has_remains_ = true;
    // A part that stays is harmless: it is cut off before the next record, or at the next open.
    (void)CutBack();
    return written;
  }
  if (auto synced = file_->Sync(); !synced.has_value()) {
    is_broken_ = true;
    return synced;
  }
  size_ += bytes.size();
  return Ok();
}

Result<> AppendLog::CutBack() {
  TRY(file_->Truncate(size_));
  has_remains_ = false;
  return Ok();
}

}  // namespace secai::storage

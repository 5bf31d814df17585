#include "supervisor/services_log.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "base/strict_json.h"

namespace secai::supervisor {
namespace {

namespace asio = boost::asio;

constexpr const char* kName = "services.log";
constexpr const char* kOldName = "services.log.1";

bool IsJsonObject(std::string_view line) {
  if (!line.starts_with('{')) return false;
  return ParseStrictJson(line, {.max_bytes = LineCutter::kMaxLineBytes}).has_value();
}

}  // namespace

Result<ServicesLog> ServicesLog::Open(int folder_fd, const Clock* clock, std::uint64_t max_bytes) {
  ServicesLog log(folder_fd, clock, max_bytes);
  TRY(log.OpenFile());
  return log;
}

Result<> ServicesLog::OpenFile() {
  file_ = UniqueFd(
      ::openat(folder_fd_, kName, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat status = {};
  if (!file_.is_open() || ::fstat(file_.get(), &status) != 0) {
    return Fail(errno == ELOOP ? ErrorCode::kDenied : ErrorCode::kInternal,
                std::string(kName) + ": " + std::strerror(errno));
  }
  bytes_ = static_cast<std::uint64_t>(status.st_size);
  return Ok();
}

void ServicesLog::Write(std::string_view room, std::string_view line) {
  std::string text(line);
  if (!IsJsonObject(line)) {
    text =
        log::FormatLine(clock_->Now(), room, log::Level::kError, "service.said", {{"line", line}});
    text.pop_back();
  }
  text.push_back('\n');
  if (bytes_ + text.size() > max_bytes_) {
    // A failed rename leaves one file that grows no more: better than a full disk.
    if (::renameat(folder_fd_, kName, folder_fd_, kOldName) != 0 || !OpenFile().has_value()) return;
  }
  const ssize_t written = ::write(file_.get(), text.data(), text.size());
  if (written > 0) bytes_ += static_cast<std::uint64_t>(written);
}

asio::awaitable<void> CopyErrors(asio::posix::stream_descriptor pipe, std::string room,
                                 std::shared_ptr<ServicesLog> log,
                                 std::shared_ptr<std::string> last_line) {
  LineCutter cutter;
  const auto take = [&](std::string_view line) {
    *last_line = line;
    log->Write(room, line);
  };
  std::array<char, 4096> buffer = {};
  for (;;) {
    const auto [error, count] =
        co_await pipe.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error) break;
    cutter.Push(std::string_view(buffer.data(), count), take);
  }
  cutter.Finish(take);
}

}  // namespace secai::supervisor

#include "http/folder_reader.h"

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace secai::http {
namespace {

class Reader {
 public:
  explicit Reader(const FolderLimits& limits) : limits_(limits) {}

  Result<> ReadBelow(int folder, const std::string& prefix, int depth) {
    if (depth > limits_.max_depth) {
      return Fail(ErrorCode::kInvalidArgument, "folders too deep at " + prefix);
    }
    const int listed = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(listed < 0 ? nullptr : ::fdopendir(listed),
                                                     &::closedir);
    if (stream == nullptr) {
      return Fail(ErrorCode::kUnavailable, "cannot list the folder " + prefix);
    }
    // readdir(3) is safe: each stream has one thread.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
      const std::string_view name(entry->d_name);
      if (name == "." || name == "..") continue;
      TRY(ReadEntry(folder, prefix + std::string(name), entry->d_name, depth));
    }
    return Ok();
  }

  std::map<std::string, std::string> Take() { return std::move(files_); }

 private:
  Result<> ReadEntry(int folder, const std::string& path, const char* name, int depth) {
    const UniqueFd file(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status = {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
      return Fail(ErrorCode::kInvalidArgument, "cannot open " + path + " as a plain file");
    }
    if (S_ISDIR(status.st_mode)) return ReadBelow(file.get(), path + "/", depth + 1);
    if (!S_ISREG(status.st_mode)) {
      return Fail(ErrorCode::kInvalidArgument, path + " is no plain file");
    }
    std::string content;
    std::array<char, 65536> chunk = {};
    while (true) {
      const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Fail(ErrorCode::kUnavailable, "cannot read " + path);
      if (got == 0) break;
      content.append(chunk.data(), static_cast<std::size_t>(got));
      total_bytes_ += static_cast<std::size_t>(got);
      if (content.size() > limits_.max_file_bytes || total_bytes_ > limits_.max_total_bytes) {
        return Fail(ErrorCode::kInvalidArgument, path + " is over the size limit");
      }
    }
    if (files_.size() == limits_.max_files) {
      return Fail(ErrorCode::kInvalidArgument, "too many files at " + path);
    }
    files_.emplace(path, std::move(content));
    return Ok();
  }

  FolderLimits limits_;
  std::map<std::string, std::string> files_;
  std::size_t total_bytes_ = 0;
};

}  // namespace

Result<std::map<std::string, std::string>> ReadFolder(int folder, const FolderLimits& limits) {
  Reader reader(limits);
  TRY(reader.ReadBelow(folder, "", 0));
  return reader.Take();
}

}  // namespace secai::http

#include "inference/memory_info.h"

#include <array>
#include <charconv>

#include <fcntl.h>
#include <unistd.h>

namespace secai::inference {

Result<std::unique_ptr<ProcMemoryInfo>> ProcMemoryInfo::Open() {
  UniqueFd file(::open("/proc/meminfo", O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return Fail(ErrorCode::kUnavailable, "/proc/meminfo can not be opened");
  return std::unique_ptr<ProcMemoryInfo>(new ProcMemoryInfo(std::move(file)));
}

Result<std::uint64_t> ProcMemoryInfo::AvailableBytes() const {
  std::array<char, 4096> text{};
  const ssize_t got = ::pread(file_.get(), text.data(), text.size(), 0);
  if (got <= 0) return Fail(ErrorCode::kInternal, "/proc/meminfo can not be read");
  return ParseMemAvailable({text.data(), static_cast<std::size_t>(got)});
}

Result<std::uint64_t> ParseMemAvailable(std::string_view meminfo) {
  constexpr std::string_view kName = "MemAvailable:";
  std::size_t at = meminfo.starts_with(kName) ? 0 : meminfo.find("\nMemAvailable:");
  if (at == std::string_view::npos)
    return Fail(ErrorCode::kInternal, "no MemAvailable in /proc/meminfo");
  at = meminfo.find_first_of("0123456789", at + kName.size());
  std::uint64_t kibibytes = 0;
  if (at == std::string_view::npos ||
      std::from_chars(meminfo.data() + at, meminfo.data() + meminfo.size(), kibibytes).ec !=
          std::errc()) {
    return Fail(ErrorCode::kInternal, "MemAvailable is no number");
  }
  return kibibytes * 1024;
}

}  // namespace secai::inference

#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::inference {

// How much memory the host can still give. An interface for tests.
class MemoryInfo {
 public:
  MemoryInfo() = default;
  MemoryInfo(const MemoryInfo&) = delete;
  MemoryInfo& operator=(const MemoryInfo&) = delete;
  virtual ~MemoryInfo() = default;

  // Bytes that new allocations may take without swapping. Errors: kInternal.
  virtual Result<std::uint64_t> AvailableBytes() const = 0;
};

// MemAvailable of /proc/meminfo (proc(5)), opened before the sandbox and read again each time.
class ProcMemoryInfo final : public MemoryInfo {
 public:
  // Errors: kUnavailable when it can not be opened.
  static Result<std::unique_ptr<ProcMemoryInfo>> Open();
  Result<std::uint64_t> AvailableBytes() const override;

 private:
  explicit ProcMemoryInfo(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

// The value of "MemAvailable:     123 kB" in bytes. Errors: kInternal when there is none.
Result<std::uint64_t> ParseMemAvailable(std::string_view meminfo);

}  // namespace secai::inference

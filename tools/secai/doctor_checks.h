#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace secai::cli {

// One thing that was looked at.
struct Finding {
  enum class Level : std::uint8_t { kPass, kInfo, kWarn, kFail };

  Level level = Level::kPass;
  std::string about;   // "kernel"
  std::string detail;  // What was found.
  std::string remedy;  // What to do about it; empty when nothing.
};

std::string_view LevelName(Finding::Level level);  // "PASS", "INFO", "WARN", "FAIL".

// Swap devices of /proc/swaps that are neither compressed memory (zram) nor, as far as
// `is_encrypted` knows, encrypted. Pure. Trust: `text` comes from the kernel.
std::vector<std::string> UnencryptedSwap(std::string_view text,
                                         bool (*is_encrypted)(const std::string& device));

// MemAvailable of /proc/meminfo in bytes, or 0 when it is not there.
std::uint64_t AvailableMemory(std::string_view text);

// All checks of this machine and root, in the order they are shown. `port` is tried when nothing
// runs. Reads only; offline.
std::vector<Finding> RunDoctorChecks(const std::string& root, bool is_running);

}  // namespace secai::cli

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace secai::quarantine {

// Gets the values that could carry a payload (rule P-3), while they are read.
class MetadataSink {
 public:
  MetadataSink() = default;
  MetadataSink(const MetadataSink&) = delete;
  MetadataSink& operator=(const MetadataSink&) = delete;
  virtual ~MetadataSink() = default;

  // A string, or all bytes of an array of u8 or i8.
  virtual void OnValue(std::string_view key, std::uint64_t offset,
                       std::span<const std::uint8_t> bytes) = 0;
  // One string of an array of strings; then the end of that array.
  virtual void OnElement(std::string_view key, std::uint64_t offset,
                         std::span<const std::uint8_t> bytes) = 0;
  virtual void OnArrayEnd(std::string_view key) = 0;
};

}  // namespace secai::quarantine

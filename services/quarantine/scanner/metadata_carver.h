#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "quarantine/scanner/carve.h"
#include "quarantine/scanner/finding.h"
#include "quarantine/scanner/metadata_sink.h"

namespace secai::quarantine {

// Rule P-3: looks for hidden files in strings, byte arrays and joined arrays of strings while a
// header is read. In token lists, where every word stands by nature, text markers do not count.
//
// Memory: kMaxCarvedValueBytes for a joined array. Thread-safety: one thread. Borrows both.
class MetadataCarver final : public MetadataSink {
 public:
  MetadataCarver(CarveBudget* budget, Findings* findings) : budget_(budget), findings_(findings) {}

  void OnValue(std::string_view key, std::uint64_t offset,
               std::span<const std::uint8_t> bytes) override;
  void OnElement(std::string_view key, std::uint64_t offset,
                 std::span<const std::uint8_t> bytes) override;
  void OnArrayEnd(std::string_view key) override;

 private:
  void Carve(std::string_view key, std::uint64_t offset, std::span<const std::uint8_t> bytes);

  CarveBudget* budget_;
  Findings* findings_;
  std::vector<std::uint8_t> joined_;
  std::uint64_t joined_offset_ = 0;
};

// "an ELF program or library (it imports ...)".
std::string DescribeHit(const CarveHit& hit);

}  // namespace secai::quarantine

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "quarantine/scan_report.h"

namespace secai::quarantine {

// What is to be scanned. `file` is read-only; it goes to the scanner and is closed here.
struct ScanOrder {
  std::string name;
  std::uint64_t bytes = 0;
  UniqueFd file;
};

// Judges one artifact (stages 2, 3, 5 and 7).
class ArtifactScanner {
 public:
  // How far a stage is, 0 to 1.
  using OnProgress = std::function<void(int stage, double progress)>;

  ArtifactScanner() = default;
  ArtifactScanner(const ArtifactScanner&) = delete;
  ArtifactScanner& operator=(const ArtifactScanner&) = delete;
  virtual ~ArtifactScanner() = default;

  // Errors: kUnavailable when no scanner could be started (try again later); kCorrupt when it broke
  // down, ran out of time or answered nonsense over this file (the file is refused).
  virtual boost::asio::awaitable<Result<ScanReport>> Scan(ScanOrder order, OnProgress progress) = 0;
};

}  // namespace secai::quarantine

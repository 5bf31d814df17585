#pragma once

#include <memory>

#include "quarantine/artifact_scanner.h"
#include "quarantine/config.h"
#include "sandbox/spawner.h"

namespace secai::quarantine {

// Starts the confined executable `quarantine-scanner` anew for every artifact, and ends it
// afterwards. Thread-safety: the room's thread. Ownership: borrows both arguments, which outlive
// all scans.
class ScannerProcess final : public ArtifactScanner {
 public:
  ScannerProcess(sandbox::Spawner* spawner, const QuarantineConfig* config)
      : spawner_(spawner), config_(config) {}

  boost::asio::awaitable<Result<ScanReport>> Scan(ScanOrder order, OnProgress progress) override;

 private:
  sandbox::Spawner* spawner_;
  const QuarantineConfig* config_;
};

}  // namespace secai::quarantine

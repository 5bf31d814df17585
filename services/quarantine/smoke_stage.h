#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

// The model that stage 6 questions: sealed memory, read-only, not admitted yet.
struct SmokeOrder {
  std::string name;
  std::string sha256;
  bool has_template = false;
  UniqueFd memory;
};

struct SmokeOutcome {
  bool has_passed = false;
  std::string detail;
  std::vector<Finding> findings;
  boost::json::object record;  // Scores and transcript hash, for the admission record.
};

// Stage 6: the behavioural smoke test in a confined worker.
class SmokeStage {
 public:
  using OnProgress = std::function<void(double progress)>;

  SmokeStage() = default;
  SmokeStage(const SmokeStage&) = delete;
  SmokeStage& operator=(const SmokeStage&) = delete;
  virtual ~SmokeStage() = default;

  // Errors: kUnavailable when no worker can be had now (try again later). A model that crashes or
  // hangs its worker is an outcome that has not passed, not an error.
  virtual boost::asio::awaitable<Result<SmokeOutcome>> Run(SmokeOrder order,
                                                           OnProgress progress) = 0;
};

}  // namespace secai::quarantine

// Invariant: the walk stays within the bytes and its limits, and a stopped pickle ends with STOP.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "quarantine/scanner/pickle_names.h"
#include "quarantine/scanner/pickle_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  const auto report = secai::quarantine::WalkPickle(bytes);
  if (report.bytes > size || report.opcodes > size) std::abort();
  if (report.imports.size() > secai::quarantine::kMaxPickleImports) std::abort();
  if (report.is_stopped && (report.bytes == 0 || bytes[report.bytes - 1] != '.')) std::abort();
  if (report.is_stopped && report.is_cut) std::abort();
  (void)secai::quarantine::DescribeImports(
      report);  // Not a Result: only its safety is of interest.
  return 0;
}

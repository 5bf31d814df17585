// Invariant: at most `max_out` bytes come out, at most the input is used, and "full" means full.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "quarantine/scanner/inflate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using secai::quarantine::InflateReport;
  constexpr std::size_t kMaxOut = 4096;
  const std::span bytes(data, size);
  const auto report = secai::quarantine::InflateHead(bytes, kMaxOut);
  if (report.out.size() > kMaxOut || report.used > size) std::abort();
  if (report.end == InflateReport::End::kFull && report.out.size() != kMaxOut) std::abort();
  if (secai::quarantine::GzipHeaderBytes(bytes) >= size && size > 0) std::abort();
  return 0;
}

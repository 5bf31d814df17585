// Invariant: hits lie within the bytes in rising order of search, and cutting the stream elsewhere
// changes none of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "quarantine/scanner/carve.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai::quarantine;  // NOLINT(google-build-using-namespace): a small program.
  const std::span bytes(data, size);
  CarveBudget budget;
  Carver whole(&budget);
  whole.Push(bytes);
  whole.Finish();
  CarveBudget other_budget;
  Carver pieces(&other_budget);
  for (std::size_t at = 0; at < size; at += 37) {
    pieces.Push(bytes.subspan(at, std::min<std::size_t>(37, size - at)));
  }
  pieces.Finish();
  if (whole.hits().size() != pieces.hits().size()) std::abort();
  for (std::size_t i = 0; i < whole.hits().size(); ++i) {
    if (whole.hits()[i].offset >= size) std::abort();
    if (whole.hits()[i].offset != pieces.hits()[i].offset) std::abort();
    if (whole.hits()[i].kind != pieces.hits()[i].kind) std::abort();
  }
  CarveBudget value_budget{.units_left = 1'000'000};
  (void)CarveValue(bytes, true, &value_budget);  // Only its safety is of interest.
  return 0;
}

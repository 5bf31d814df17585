#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "quarantine/scanner/signature_search.h"

namespace secai::quarantine {

// The second tests look at most this far before and behind a signature.
inline constexpr std::size_t kPayloadBehind = 512;
inline constexpr std::size_t kPayloadAhead = std::size_t{64} << 10;

// What the second tests of one scan may cost, so that a file full of half signatures cannot keep
// the scanner busy: units are about a hundred nanoseconds each.
struct CarveBudget {
  std::uint64_t units_left = 400'000'000;
  bool is_spent() const { return units_left == 0; }
  void Spend(std::uint64_t units) { units_left -= units < units_left ? units : units_left; }
};

// The second test of a signature at `place`: whether a file of that kind really begins (or, for a
// zip's end record, ends) there. Fields that the kind's own readers need must make sense, checksums
// must be right, packed data must unpack, a pickle must run to its STOP and import something.
//
// By chance (random bytes): less than one confirmed place in 10^13 bytes for each kind.
// `detail` gets what a pickle imports, or nothing. Source: quarantine rule catalogue 8.3 and each
// format's own document. Thread-safety: pure but for `budget`. Trust: hostile.
bool ConfirmPayload(std::span<const std::uint8_t> bytes, std::size_t place, PayloadKind kind,
                    CarveBudget* budget, std::string* detail);

}  // namespace secai::quarantine

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/scanner/payload_check.h"

namespace secai::quarantine {

// A hidden file that was found.
struct CarveHit {
  PayloadKind kind = PayloadKind::kZip;
  std::uint64_t offset = 0;  // Of its first byte in the stream.
  bool is_text = false;      // Found by a marker that is also an ordinary word.
  std::string detail;        // "it imports os.system, which starts programs", or empty.
};

inline constexpr std::size_t kMaxCarveHits =
    64;  // Then the stream is hostile enough: no more is looked for.

// Looks for hidden files at every offset of a stream of bytes: signature first, then the second
// test of payload_check.h. The stream may be cut anywhere; a payload across pieces is found.
//
// Memory: 128 KiB. Cost: the signature search, plus the budget shared by all carvers of a scan.
// Thread-safety: one thread. Ownership: borrows `budget`.
class Carver {
 public:
  explicit Carver(CarveBudget* budget) : budget_(budget) {}

  void Push(std::span<const std::uint8_t> bytes);
  void Finish();  // The end of the stream: what was held back is judged now.

  const std::vector<CarveHit>& hits() const { return hits_; }

 private:
  void Scan(std::span<const std::uint8_t> bytes, std::uint64_t start, std::size_t begin,
            std::size_t end);

  CarveBudget* budget_;
  std::vector<CarveHit> hits_;
  // The end of what came: kPayloadBehind bytes that were judged, then those that were not yet.
  std::vector<std::uint8_t> tail_;
  std::uint64_t tail_start_ = 0;  // Offset of tail_[0] in the stream.
  std::size_t judged_ = 0;        // Bytes of tail_ that were judged.
};

// All hidden files in one value of the metadata: raw, and after one or two rounds of base64, hex,
// percent escapes and gzip, at most 8 MiB each (rule P-3). Offsets are within `bytes`, or 0 for
// what was decoded. Text markers count only if `are_words_payload`.
std::vector<CarveHit> CarveValue(std::span<const std::uint8_t> bytes, bool are_words_payload,
                                 CarveBudget* budget);

inline constexpr std::size_t kMaxCarvedValueBytes = std::size_t{8} << 20;

}  // namespace secai::quarantine

#include "quarantine/scanner/carve.h"

#include <algorithm>

#include "quarantine/scanner/inflate.h"
#include "quarantine/scanner/text_decode.h"

namespace secai::quarantine {
namespace {

constexpr int kMaxRounds = 2;
constexpr std::size_t kMinValueBytes = 8;

void CarveRound(std::span<const std::uint8_t> bytes, bool are_words_payload, int round,
                CarveBudget* budget, std::vector<CarveHit>* hits) {
  if (bytes.size() < kMinValueBytes || hits->size() >= kMaxCarveHits || budget->is_spent()) return;
  bytes = bytes.first(std::min(bytes.size(), kMaxCarvedValueBytes));
  Carver carver(budget);
  carver.Push(bytes);
  carver.Finish();
  for (CarveHit hit : carver.hits()) {
    if (hit.is_text && !are_words_payload) continue;
    if (round > 0) {
      hit.offset = 0;
      hit.detail = hit.detail.empty() ? "encoded" : "encoded; " + hit.detail;
    }
    hits->push_back(std::move(hit));
  }
  if (round == kMaxRounds) return;
  budget->Spend(bytes.size() / 64);
  DecodeText(bytes, [&](std::span<const std::uint8_t> decoded) {
    CarveRound(decoded, are_words_payload, round + 1, budget, hits);
  });
  if (const std::size_t begin = GzipHeaderBytes(bytes); begin != 0) {
    const auto report = InflateHead(bytes.subspan(begin), kMaxCarvedValueBytes);
    budget->Spend(report.out.size() / 8);
    CarveRound(report.out, are_words_payload, round + 1, budget, hits);
  }
}

}  // namespace

void Carver::Push(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  if (bytes.size() < kPayloadAhead + kPayloadBehind) {
    tail_.insert(tail_.end(), bytes.begin(), bytes.end());
    if (tail_.size() < 2 * (kPayloadAhead + kPayloadBehind)) return;
    const std::size_t end = tail_.size() - kPayloadAhead;
    Scan(tail_, tail_start_, judged_, end);
    const std::size_t cut = end - kPayloadBehind;
    tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(cut));
    tail_start_ += cut;
    judged_ = kPayloadBehind;
    return;
  }
  // First the places before and a little into the piece, which need both; then the piece alone.
  const std::uint64_t start = tail_start_ + tail_.size();
  const std::size_t old_bytes = tail_.size();
  tail_.insert(tail_.end(), bytes.begin(), bytes.begin() + kPayloadAhead + kPayloadBehind);
  Scan(tail_, tail_start_, judged_, old_bytes + kPayloadBehind);
  const std::size_t end = bytes.size() - kPayloadAhead;
  Scan(bytes, start, kPayloadBehind, end);
  tail_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(end - kPayloadBehind), bytes.end());
  tail_start_ = start + end - kPayloadBehind;
  judged_ = kPayloadBehind;
}

void Carver::Finish() {
  Scan(tail_, tail_start_, judged_, tail_.size());
  tail_start_ += tail_.size();
  tail_.clear();
  judged_ = 0;
}

void Carver::Scan(std::span<const std::uint8_t> bytes, std::uint64_t start, std::size_t begin,
                  std::size_t end) {
  if (hits_.size() >= kMaxCarveHits) return;
  FindSignatures(bytes, begin, end, [&](std::size_t place, const Signature& signature) {
    std::string detail;
    if (ConfirmPayload(bytes, place, signature.kind, budget_, &detail)) {
      const std::uint64_t first = start + place - (signature.kind == PayloadKind::kTar ? 257 : 0);
      hits_.push_back({signature.kind, first, signature.is_text, std::move(detail)});
    }
    return hits_.size() < kMaxCarveHits && !budget_->is_spent();
  });
}

std::vector<CarveHit> CarveValue(std::span<const std::uint8_t> bytes, bool are_words_payload,
                                 CarveBudget* budget) {
  std::vector<CarveHit> hits;
  for (std::size_t at = 0; at < bytes.size(); at += kMaxCarvedValueBytes) {
    const std::size_t first = hits.size();
    CarveRound(bytes.subspan(at), are_words_payload, 0, budget, &hits);
    for (std::size_t i = first; i < hits.size(); ++i) hits[i].offset += at;
  }
  return hits;
}

}  // namespace secai::quarantine

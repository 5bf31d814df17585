#include "quarantine/scanner/metadata_carver.h"

#include <string>

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxNamedHits = 4;  // Of one value.

bool IsVocabulary(std::string_view key) {
  return key == "tokenizer.ggml.tokens" || key == "tokenizer.ggml.merges";
}

}  // namespace

std::string DescribeHit(const CarveHit& hit) {
  std::string text(Describe(hit.kind));
  if (!hit.detail.empty()) text += " (" + hit.detail + ")";
  return text;
}

void MetadataCarver::OnValue(std::string_view key, std::uint64_t offset,
                             std::span<const std::uint8_t> bytes) {
  Carve(key, offset, bytes);
}

void MetadataCarver::OnElement(std::string_view key, std::uint64_t offset,
                               std::span<const std::uint8_t> bytes) {
  if (joined_.empty()) joined_offset_ = offset;
  joined_.insert(joined_.end(), bytes.begin(), bytes.end());
  if (joined_.size() < kMaxCarvedValueBytes) return;
  Carve(key, joined_offset_, joined_);
  // What lies across the cut is looked at twice rather than not at all.
  joined_.erase(joined_.begin(), joined_.end() - static_cast<std::ptrdiff_t>(kPayloadAhead));
}

void MetadataCarver::OnArrayEnd(std::string_view key) {
  Carve(key, joined_offset_, joined_);
  joined_.clear();
}

void MetadataCarver::Carve(std::string_view key, std::uint64_t offset,
                           std::span<const std::uint8_t> bytes) {
  std::size_t named = 0;
  for (const CarveHit& hit : CarveValue(bytes, !IsVocabulary(key), budget_)) {
    if (++named > kMaxNamedHits) break;
    findings_->Add("P-3", {.offset = offset}, "key " + Name(key) + " hides " + DescribeHit(hit));
  }
}

}  // namespace secai::quarantine

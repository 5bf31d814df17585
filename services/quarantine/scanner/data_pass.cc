#include "quarantine/scanner/data_pass.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace secai::quarantine {
namespace {

bool IsBlockEncoding(Encoding encoding) {
  return encoding == Encoding::kBlocks || encoding == Encoding::kBlocksQ8 ||
         encoding == Encoding::kBlocksE8m0 || encoding == Encoding::kBlocksIq1m ||
         encoding == Encoding::kBlocksUe4m3;
}

std::string_view BrokenReason(Encoding encoding) {
  if (encoding == Encoding::kBool) return "a boolean that is not 0 or 1";
  if (IsBlockEncoding(encoding))
    return "a block whose scale is not a finite number of the right sign";
  return "a number that is NaN or infinite";
}

std::string ThreeDigits(double value) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

class Pass {
 public:
  Pass(ByteStream* stream, const DataPassOptions& options, ArtifactHasher* hasher,
       Findings* findings)
      : stream_(stream), options_(options), hasher_(hasher), findings_(findings) {}

  bool Run(const std::vector<DataRegion>& regions) {
    const std::uint64_t start = stream_->position();
    for (const DataRegion& region : regions) {
      if (!ReadPadding(region.offset)) return false;
      if (!ReadRegion(region)) return false;
    }
    if (!ReadPadding(stream_->size())) return false;
    entropy_.Finish();
    if (const auto& window = entropy_.first_over(); window.has_value()) {
      // Named after the tensor that the middle of the window lies in.
      const std::uint64_t begin = start + window->offset;
      const DataRegion* region = FindRegion(regions, begin + kEntropyWindowBytes / 2);
      const std::uint64_t offset = region == nullptr ? begin : std::max(begin, region->offset);
      findings_->Add("P-5", {.offset = offset, .tensor = region == nullptr ? "" : region->name},
                     "32 KiB with an entropy of " + ThreeDigits(window->entropy) +
                         " bits a byte, the limit here is " + ThreeDigits(window->limit) +
                         ": encrypted or compressed data; " +
                         std::to_string(entropy_.windows_over()) + " such places in the file");
    }
    return true;
  }

 private:
  bool Take(std::uint64_t max, std::span<const std::uint8_t>* piece) {
    const auto taken = stream_->Take(max);
    if (!taken.has_value()) {
      findings_->Add("F-1", {.offset = stream_->position()}, taken.error().message);
      return false;
    }
    *piece = *taken;
    if (stream_->block()->offset != last_block_offset_) {
      last_block_offset_ = stream_->block()->offset;
      if (options_.progress) {
        options_.progress(static_cast<double>(stream_->position()) /
                          static_cast<double>(stream_->size()));
      }
    }
    return true;
  }

  bool ReadPadding(std::uint64_t end) {
    while (stream_->position() < end) {
      const std::uint64_t at = stream_->position();
      std::span<const std::uint8_t> piece;
      if (!Take(end - at, &piece)) return false;
      const auto bad = std::ranges::find_if(piece, [](std::uint8_t byte) { return byte != 0; });
      if (bad != piece.end() && !has_bad_padding_) {
        has_bad_padding_ = true;
        findings_->Add(options_.padding_rule,
                       {.offset = at + static_cast<std::uint64_t>(bad - piece.begin())},
                       "padding between tensors is not zero");
      }
      entropy_.Push(piece, 0);
    }
    return true;
  }

  bool ReadRegion(const DataRegion& region) {
    hasher_->BeginRegion();
    BrokenFinder broken(region.layout);
    const std::uint64_t end = region.offset + region.bytes;
    const double limit = std::min(region.max_entropy + options_.entropy_shift, 8.0);
    while (stream_->position() < end) {
      std::span<const std::uint8_t> piece;
      if (!Take(end - stream_->position(), &piece)) return false;
      hasher_->PushRegion(stream_->block(), piece);
      broken.Push(piece);
      entropy_.Push(piece, limit);
    }
    if (broken.broken().has_value()) {
      const bool is_block = IsBlockEncoding(region.layout.encoding);
      findings_->Add(is_block ? options_.broken_block_rule : options_.broken_rule,
                     {.offset = region.offset + *broken.broken(), .tensor = region.name},
                     BrokenReason(region.layout.encoding));
    }
    return true;
  }

  ByteStream* stream_;
  const DataPassOptions& options_;
  ArtifactHasher* hasher_;
  Findings* findings_;
  WindowedEntropy entropy_;
  std::uint64_t last_block_offset_ = 0;
  bool has_bad_padding_ = false;
};

}  // namespace

bool RunDataPass(ByteStream* stream, const std::vector<DataRegion>& regions,
                 const DataPassOptions& options, ArtifactHasher* hasher, Findings* findings) {
  return Pass(stream, options, hasher, findings).Run(regions);
}

const DataRegion* FindRegion(const std::vector<DataRegion>& regions, std::uint64_t offset) {
  const auto after = std::ranges::upper_bound(regions, offset, {}, &DataRegion::offset);
  if (after == regions.begin()) return nullptr;
  const DataRegion& region = *(after - 1);
  return offset - region.offset < region.bytes ? &region : nullptr;
}

}  // namespace secai::quarantine

#include "quarantine/scanner/byte_stream.h"

#include <algorithm>
#include <atomic>

namespace secai::quarantine {

Result<std::span<const std::uint8_t>> ByteStream::Take(std::uint64_t max) {
  if (remaining() == 0 || max == 0) return std::span<const std::uint8_t>();
  if (block_ == nullptr || position_ == block_->offset + block_->size) TRY(Fetch());
  const auto begin = static_cast<std::size_t>(position_ - block_->offset);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(max, block_->size - begin));
  position_ += count;
  return block_->view().subspan(begin, count);
}

Result<> ByteStream::ReadExact(std::span<std::uint8_t> into) {
  while (!into.empty()) {
    TRY_ASSIGN(const std::span<const std::uint8_t> piece, Take(into.size()));
    if (piece.empty()) return Fail(ErrorCode::kCorrupt, "read past the end");
    std::ranges::copy(piece, into.begin());
    into = into.subspan(piece.size());
  }
  return Ok();
}

Result<> ByteStream::Fetch() {
  block_ = nullptr;
  auto free = std::ranges::find_if(pool_, [](const auto& block) { return block.use_count() == 1; });
  if (free == pool_.end()) {
    pool_.push_back(std::make_shared<StreamBlock>());
    free = pool_.end() - 1;
  }
  // The other holder's reads came before it let go.
  std::atomic_thread_fence(std::memory_order_acquire);
  StreamBlock& block = **free;
  block.offset = position_;
  block.size = static_cast<std::size_t>(std::min<std::uint64_t>(kStreamBlockBytes, remaining()));
  TRY(source_->ReadAt(position_, std::span(block.bytes).first(block.size)));
  block_ = *free;
  for (BlockObserver* observer : observers_) observer->OnBlock(block_);
  return Ok();
}

}  // namespace secai::quarantine

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "quarantine/scanner/byte_source.h"

namespace secai::quarantine {

inline constexpr std::size_t kStreamBlockBytes = std::size_t{1} << 20;

// A piece of the file in memory, shared by those who look at it at the same time.
struct StreamBlock {
  std::uint64_t offset = 0;  // Of the first byte in the file.
  std::size_t size = 0;      // Bytes in use.
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kStreamBlockBytes);

  std::span<const std::uint8_t> view() const { return std::span(bytes).first(size); }
};
using SharedBlock = std::shared_ptr<const StreamBlock>;

// Sees every byte of the file once, in order.
class BlockObserver {
 public:
  BlockObserver() = default;
  BlockObserver(const BlockObserver&) = delete;
  BlockObserver& operator=(const BlockObserver&) = delete;
  virtual ~BlockObserver() = default;

  virtual void OnBlock(const SharedBlock& block) = 0;
};

// The one sequential read of the artifact: parsers pull from it, observers see the same bytes.
//
// Memory: one block, plus those that observers still hold.
// Thread-safety: one thread only. Borrows source and observers, which must outlive it.
// Errors: those of ByteSource; after one the stream is of no use.
class ByteStream {
 public:
  explicit ByteStream(const ByteSource* source) : source_(source) {}

  // Before the first read.
  void AddObserver(BlockObserver* observer) { observers_.push_back(observer); }

  std::uint64_t size() const { return source_->size(); }
  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return size() - position_; }

  // The next 1 to `max` bytes that lie together in memory, valid until the next call; empty at the
  // end.
  Result<std::span<const std::uint8_t>> Take(std::uint64_t max);

  // Fills `into`. Precondition: into.size() <= remaining().
  Result<> ReadExact(std::span<std::uint8_t> into);

  // The block that the last Take() came from.
  const SharedBlock& block() const { return block_; }

 private:
  Result<> Fetch();

  const ByteSource* source_;
  std::vector<BlockObserver*> observers_;
  std::vector<std::shared_ptr<StreamBlock>> pool_;  // Blocks used before, to be used again.
  SharedBlock block_;
  std::uint64_t position_ = 0;
};

}  // namespace secai::quarantine

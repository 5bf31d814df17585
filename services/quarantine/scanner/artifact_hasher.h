#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "crypto/digest.h"
#include "crypto/sha256.h"
#include "quarantine/scanner/byte_stream.h"

namespace secai::quarantine {

// SHA-256 of the whole file and of each of its tensors, in the same pass (rules INT-*, manifest).
//
// With a thread of its own the hashing runs beside parsing and scanning; at most kMaxQueuedBlocks
// blocks wait for it, then the reader waits. Without, everything happens in the call.
// Thread-safety: all calls from one thread. The thread ends in Finish() or the destructor.
class ArtifactHasher final : public BlockObserver {
 public:
  struct Digests {
    crypto::Digest file = crypto::Sha256::Of(std::string_view());
    std::vector<crypto::Digest> regions;  // In the order of BeginRegion().
  };

  static constexpr std::size_t kMaxQueuedBlocks = 4;

  explicit ArtifactHasher(bool has_thread);
  ~ArtifactHasher() override;

  void OnBlock(const SharedBlock& block) override;

  // The bytes of one tensor: Begin, any number of pieces (each within `block`), then the next
  // Begin.
  void BeginRegion();
  void PushRegion(const SharedBlock& block, std::span<const std::uint8_t> piece);

  // Waits for all work. Nothing may be pushed afterwards.
  Digests Finish();

 private:
  struct Work {
    enum class Kind : std::uint8_t { kFile, kBegin, kRegion, kStop };
    Kind kind = Kind::kFile;
    SharedBlock block = nullptr;
    std::span<const std::uint8_t> piece = {};
  };

  void Add(Work work);
  void Do(const Work& work);
  void Run();
  void Stop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;         // Guarded by mutex_.
  std::size_t queued_blocks_ = 0;  // Guarded by mutex_: file work in queue_ or being done.

  crypto::Sha256 file_;
  crypto::Sha256 region_;
  bool has_region_ = false;
  Digests digests_;
  std::thread thread_;
};

}  // namespace secai::quarantine

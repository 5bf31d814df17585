#pragma once

#include <span>
#include <vector>

#include "crypto/digest.h"
#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/hash_worker.h"

namespace secai::quarantine {

// SHA-256 of the whole file and of each of its tensors, in the same pass (rules INT-*, manifest).
//
// With threads, one hashes the file and one the tensors, beside parsing and scanning.
// Thread-safety: all calls from one thread.
class ArtifactHasher final : public BlockObserver {
 public:
  struct Digests {
    crypto::Digest file;
    std::vector<crypto::Digest> regions;  // In the order of BeginRegion().
  };

  explicit ArtifactHasher(bool has_threads) : file_(has_threads), regions_(has_threads) {
    file_.Begin();
  }

  void OnBlock(const SharedBlock& block) override { file_.Push(block, block->view()); }

  // The bytes of one tensor: Begin, any number of pieces (each within `block`), then the next
  // Begin.
  void BeginRegion() { regions_.Begin(); }
  void PushRegion(const SharedBlock& block, std::span<const std::uint8_t> piece) {
    regions_.Push(block, piece);
  }

  // Waits for all work. Nothing may be pushed afterwards.
  Digests Finish() { return {file_.Finish().front(), regions_.Finish()}; }

 private:
  HashWorker file_;
  HashWorker regions_;
};

}  // namespace secai::quarantine

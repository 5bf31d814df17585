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

// SHA-256 of one message after another, on a thread of its own or in the call.
//
// At most kMaxQueuedBytes wait; then Push() does. Thread-safety: all calls from one thread. The
// thread ends in Finish() or the destructor. Memory: it holds the blocks of what waits.
class HashWorker {
 public:
  static constexpr std::size_t kMaxQueuedBytes = 4 * kStreamBlockBytes;

  explicit HashWorker(bool has_thread);
  HashWorker(const HashWorker&) = delete;
  HashWorker& operator=(const HashWorker&) = delete;
  ~HashWorker();

  // Ends the message so far, if there is one, and begins the next.
  void Begin();
  // `piece` lies within `block`.
  void Push(const SharedBlock& block, std::span<const std::uint8_t> piece);
  // Waits for all work; the digests in the order of Begin(). Nothing may follow.
  std::vector<crypto::Digest> Finish();

 private:
  struct Work {
    bool is_begin = false;
    bool is_end = false;
    SharedBlock block = nullptr;
    std::span<const std::uint8_t> piece = {};
  };

  void Add(Work work);
  void Do(const Work& work);
  void Run();
  void Stop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;        // Guarded by mutex_.
  std::size_t queued_bytes_ = 0;  // Guarded by mutex_; includes what is being hashed.

  crypto::Sha256 hash_;  // This and the next two: the thread's, until it has ended.
  bool has_message_ = false;
  std::vector<crypto::Digest> digests_;
  std::thread thread_;
};

}  // namespace secai::quarantine

#include "quarantine/scanner/hash_worker.h"

#include <utility>

namespace secai::quarantine {

HashWorker::HashWorker(bool has_thread) {
  if (has_thread) thread_ = std::thread([this] { Run(); });
}

HashWorker::~HashWorker() { Stop(); }

void HashWorker::Begin() { Add({.is_begin = true}); }

void HashWorker::Push(const SharedBlock& block, std::span<const std::uint8_t> piece) {
  Add({.block = block, .piece = piece});
}

std::vector<crypto::Digest> HashWorker::Finish() {
  Stop();
  if (has_message_) digests_.push_back(hash_.Finish());
  has_message_ = false;
  return std::move(digests_);
}

void HashWorker::Add(Work work) {
  if (!thread_.joinable()) return Do(work);
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queued_bytes_ < kMaxQueuedBytes; });
    queued_bytes_ += work.piece.size();
    queue_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void HashWorker::Do(const Work& work) {
  if (work.is_begin) {
    if (has_message_) digests_.push_back(hash_.Finish());
    has_message_ = true;
  }
  hash_.Update(work.piece);
}

void HashWorker::Run() {
  while (true) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !queue_.empty(); });
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    if (work.is_end) return;
    Do(work);
    work.block = nullptr;  // The reader may use it again.
    bool was_full = false;
    {
      const std::scoped_lock lock(mutex_);
      was_full = queued_bytes_ >= kMaxQueuedBytes;
      queued_bytes_ -= work.piece.size();
    }
    if (was_full) changed_.notify_all();
  }
}

void HashWorker::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back({.is_end = true});
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace secai::quarantine

#include "quarantine/scanner/artifact_hasher.h"

#include <utility>

namespace secai::quarantine {

ArtifactHasher::ArtifactHasher(bool has_thread) {
  if (has_thread) thread_ = std::thread([this] { Run(); });
}

ArtifactHasher::~ArtifactHasher() { Stop(); }

void ArtifactHasher::OnBlock(const SharedBlock& block) {
  Add({Work::Kind::kFile, block, block->view()});
}

void ArtifactHasher::BeginRegion() { Add({Work::Kind::kBegin}); }

void ArtifactHasher::PushRegion(const SharedBlock& block, std::span<const std::uint8_t> piece) {
  Add({Work::Kind::kRegion, block, piece});
}

ArtifactHasher::Digests ArtifactHasher::Finish() {
  Stop();
  if (has_region_) digests_.regions.push_back(region_.Finish());
  has_region_ = false;
  digests_.file = file_.Finish();
  return std::move(digests_);
}

void ArtifactHasher::Add(Work work) {
  if (!thread_.joinable()) return Do(work);
  std::unique_lock lock(mutex_);
  if (work.kind == Work::Kind::kFile) {
    changed_.wait(lock, [this] { return queued_blocks_ < kMaxQueuedBlocks; });
    ++queued_blocks_;
  }
  queue_.push_back(std::move(work));
  lock.unlock();
  changed_.notify_all();
}

void ArtifactHasher::Do(const Work& work) {
  switch (work.kind) {
    case Work::Kind::kFile:
      file_.Update(work.piece);
      break;
    case Work::Kind::kBegin:
      if (has_region_) digests_.regions.push_back(region_.Finish());
      has_region_ = true;
      break;
    case Work::Kind::kRegion:
      region_.Update(work.piece);
      break;
    case Work::Kind::kStop:
      break;
  }
}

void ArtifactHasher::Run() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !queue_.empty(); });
    Work work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    Do(work);
    if (work.kind == Work::Kind::kStop) return;
    if (work.kind == Work::Kind::kFile) {
      work.block = nullptr;  // The reader may use it again.
      lock.lock();
      --queued_blocks_;
      lock.unlock();
      changed_.notify_all();
    }
  }
}

void ArtifactHasher::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back({Work::Kind::kStop});
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace secai::quarantine

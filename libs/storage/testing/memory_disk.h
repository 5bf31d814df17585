#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/fs.h"

namespace secai::storage::testing {

// What of the unsynced is found after the power came back.
enum class Survival : std::uint8_t {
  kOnlySynced,  // Nothing.
  kEverything,  // All of it, as when only the process was killed.
  kTornData,    // Names all; of data that was added and not synced, the first half.
};

// A disk in memory that forgets what was not synced and can lose power at any step.
//
// A step is each call that changes something (create, append, truncate, rename, remove, make
// folder) or syncs. A cut append has written its first half into the page cache. Thread-safety: one
// thread only. Files and folders opened before a Reboot() fail with kInternal.
class MemoryDisk {
 public:
  MemoryDisk();
  ~MemoryDisk();

  Folder* root() { return root_.get(); }

  // The `step`-th step from now on does not happen, and nothing happens after it. 0 = never.
  void CutPowerAtStep(int step);
  bool is_dead() const;
  void Reboot(Survival survival);

  // Appends beyond this write what fits and fail with kUnavailable.
  void SetFreeBytes(std::uint64_t bytes);
  // The next File::Sync() fails with kUnavailable, and the unsynced data is lost at the next
  // reboot.
  void FailNextSync();

  // Counts File::Sync() and Folder::Sync() since the beginning.
  int syncs() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
  std::unique_ptr<Folder> root_;
};

}  // namespace secai::storage::testing

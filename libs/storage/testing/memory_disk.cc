#include "storage/testing/memory_disk.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace secai::storage::testing {

// A file, or a folder when `is_folder`.
struct Inode {
  bool is_folder = false;
  std::string data;
  std::string synced;
};

using Entries = std::map<std::string, std::shared_ptr<Inode>>;  // By whole path, "a/b".

struct MemoryDisk::State {
  Entries entries;
  Entries synced_entries;
  int steps_left = 0;  // 0 = no cut planned.
  bool is_dead = false;
  int epoch = 0;
  std::uint64_t free_bytes = std::numeric_limits<std::uint64_t>::max();
  bool is_next_sync_bad = false;
  int syncs = 0;

  // False when the power is, or now goes, off.
  bool Step() {
    if (is_dead) return false;
    if (steps_left > 0 && --steps_left == 0) is_dead = true;
    return !is_dead;
  }
};

namespace {

using StatePtr = std::shared_ptr<MemoryDisk::State>;

tl::unexpected<Error> PowerCut() { return Fail(ErrorCode::kUnavailable, "the power is off"); }

class MemoryFile final : public File {
 public:
  MemoryFile(StatePtr state, std::shared_ptr<Inode> inode, bool is_writable)
      : state_(std::move(state)),
        inode_(std::move(inode)),
        epoch_(state_->epoch),
        is_writable_(is_writable) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::uint8_t> buffer) override {
    TRY(CheckAlive());
    if (offset >= inode_->data.size()) return std::size_t{0};
    const std::size_t count = std::min(buffer.size(), inode_->data.size() - offset);
    if (count > 0) std::memcpy(buffer.data(), inode_->data.data() + offset, count);
    return count;
  }

  Result<std::uint64_t> Size() override {
    TRY(CheckAlive());
    return std::uint64_t{inode_->data.size()};
  }

  Result<> Append(std::string_view bytes) override {
    TRY(CheckWritable());
    if (!state_->Step()) {
      inode_->data += bytes.substr(0, bytes.size() / 2);
      return PowerCut();
    }
    const std::size_t fits = std::min<std::uint64_t>(bytes.size(), state_->free_bytes);
    inode_->data += bytes.substr(0, fits);
    if (state_->free_bytes != std::numeric_limits<std::uint64_t>::max()) {
      state_->free_bytes -= fits;
    }
    if (fits < bytes.size()) return Fail(ErrorCode::kUnavailable, "no space left on device");
    return Ok();
  }

  Result<> Truncate(std::uint64_t size) override {
    TRY(CheckWritable());
    if (!state_->Step()) return PowerCut();
    if (state_->free_bytes != std::numeric_limits<std::uint64_t>::max() &&
        size < inode_->data.size()) {
      state_->free_bytes += inode_->data.size() - size;
    }
    inode_->data.resize(size);
    return Ok();
  }

  Result<> Sync() override {
    TRY(CheckAlive());
    if (!state_->Step()) return PowerCut();
    ++state_->syncs;
    if (std::exchange(state_->is_next_sync_bad, false)) {
      return Fail(ErrorCode::kUnavailable, "input/output error");
    }
    inode_->synced = inode_->data;
    return Ok();
  }

 private:
  Result<> CheckAlive() const {
    if (state_->is_dead) return PowerCut();
    if (state_->epoch != epoch_) return Fail(ErrorCode::kInternal, "opened before the reboot");
    return Ok();
  }
  Result<> CheckWritable() const {
    TRY(CheckAlive());
    if (!is_writable_) return Fail(ErrorCode::kInternal, "opened for reading");
    return Ok();
  }

  StatePtr state_;
  std::shared_ptr<Inode> inode_;
  int epoch_;
  bool is_writable_;
};

class MemoryFolder final : public Folder {
 public:
  MemoryFolder(StatePtr state, std::string prefix)
      : state_(std::move(state)), prefix_(std::move(prefix)) {}

  Result<std::unique_ptr<File>> OpenForReading(std::string_view name) override {
    return Open(name, false);
  }

  Result<std::unique_ptr<File>> OpenForWriting(std::string_view name,
                                               IfMissing if_missing) override {
    TRY_ASSIGN(const std::string path, PathOf(name));
    if (if_missing == IfMissing::kCreate && !state_->entries.contains(path)) {
      return CreateExclusive(name, 0600);
    }
    return Open(name, true);
  }

  Result<std::unique_ptr<File>> CreateExclusive(std::string_view name, unsigned) override {
    TRY_ASSIGN(const std::string path, PathOf(name));
    if (state_->entries.contains(path)) return Fail(ErrorCode::kInvalidArgument, "exists already");
    if (!state_->Step()) return PowerCut();
    state_->entries[path] = std::make_shared<Inode>();
    return Open(name, true);
  }

  Result<UniqueFd> OpenDescriptor(std::string_view name) override {
    TRY_ASSIGN(const auto file, Open(name, false));
    TRY_ASSIGN(const std::string bytes, ReadWhole(file.get(), std::size_t{1} << 30));
    UniqueFd memory(::memfd_create("memory_disk", MFD_CLOEXEC));
    if (::write(memory.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      return Fail(ErrorCode::kInternal, "no memory for a descriptor");
    }
    const std::string own = "/proc/self/fd/" + std::to_string(memory.get());
    UniqueFd reading(::open(own.c_str(), O_RDONLY | O_CLOEXEC));
    if (!reading.is_open()) return Fail(ErrorCode::kInternal, "no descriptor");
    return reading;
  }

  Result<std::unique_ptr<Folder>> OpenFolder(std::string_view name, IfMissing if_missing) override {
    TRY_ASSIGN(const std::string path, PathOf(name));
    if (!state_->entries.contains(path)) {
      if (if_missing == IfMissing::kFail) return Fail(ErrorCode::kNotFound, "no such folder");
      if (!state_->Step()) return PowerCut();
      state_->entries[path] = std::make_shared<Inode>(Inode{true, {}, {}});
    }
    if (!state_->entries[path]->is_folder) return Fail(ErrorCode::kDenied, "not a folder");
    return std::unique_ptr<Folder>(std::make_unique<MemoryFolder>(state_, path + '/'));
  }

  Result<> Rename(std::string_view from, std::string_view to) override {
    TRY_ASSIGN(const std::string path_from, PathOf(from));
    TRY_ASSIGN(const std::string path_to, PathOf(to));
    if (!state_->entries.contains(path_from)) return Fail(ErrorCode::kNotFound, "no such file");
    if (!state_->Step()) return PowerCut();
    state_->entries[path_to] = state_->entries[path_from];
    if (path_from != path_to) state_->entries.erase(path_from);
    return Ok();
  }

  Result<> Remove(std::string_view name) override {
    TRY_ASSIGN(const std::string path, PathOf(name));
    if (!state_->entries.contains(path)) return Fail(ErrorCode::kNotFound, "no such file");
    if (!state_->Step()) return PowerCut();
    state_->entries.erase(path);
    return Ok();
  }

  Result<> Sync() override {
    if (!state_->Step()) return PowerCut();
    ++state_->syncs;
    std::erase_if(state_->synced_entries,
                  [this](const auto& entry) { return IsHere(entry.first); });
    for (const auto& [path, inode] : state_->entries) {
      if (IsHere(path)) state_->synced_entries[path] = inode;
    }
    return Ok();
  }

  Result<std::vector<std::string>> List() override {
    if (state_->is_dead) return PowerCut();
    std::vector<std::string> names;
    for (const auto& [path, inode] : state_->entries) {
      if (IsHere(path)) names.push_back(path.substr(prefix_.size()));
    }
    return names;
  }

 private:
  Result<std::string> PathOf(std::string_view name) const {
    if (state_->is_dead) return PowerCut();
    if (!IsPlainName(name)) return Fail(ErrorCode::kInvalidArgument, "not a file name");
    return prefix_ + std::string(name);
  }

  bool IsHere(const std::string& path) const {
    return path.starts_with(prefix_) && path.find('/', prefix_.size()) == std::string::npos;
  }

  Result<std::unique_ptr<File>> Open(std::string_view name, bool is_writable) {
    TRY_ASSIGN(const std::string path, PathOf(name));
    const auto found = state_->entries.find(path);
    if (found == state_->entries.end()) {
      return Fail(ErrorCode::kNotFound, "opening " + std::string(name) + ": no such file");
    }
    if (found->second->is_folder) return Fail(ErrorCode::kDenied, "not a regular file");
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(state_, found->second, is_writable));
  }

  StatePtr state_;
  std::string prefix_;
};

}  // namespace

MemoryDisk::MemoryDisk()
    : state_(std::make_shared<State>()), root_(std::make_unique<MemoryFolder>(state_, "")) {}
MemoryDisk::~MemoryDisk() = default;

void MemoryDisk::CutPowerAtStep(int step) { state_->steps_left = step; }
bool MemoryDisk::is_dead() const { return state_->is_dead; }

void MemoryDisk::Reboot(Survival survival) {
  if (survival == Survival::kOnlySynced) state_->entries = state_->synced_entries;
  for (const auto& [path, inode] : state_->entries) {
    if (survival == Survival::kOnlySynced) {
      inode->data = inode->synced;
    } else if (survival == Survival::kTornData && inode->data.starts_with(inode->synced)) {
      inode->data.resize(inode->synced.size() + (inode->data.size() - inode->synced.size()) / 2);
    } else if (survival == Survival::kTornData) {
      inode->data = inode->synced;
    }
    inode->synced = inode->data;
  }
  state_->synced_entries = state_->entries;
  state_->is_dead = false;
  state_->steps_left = 0;
  state_->free_bytes = std::numeric_limits<std::uint64_t>::max();
  ++state_->epoch;
}

void MemoryDisk::SetFreeBytes(std::uint64_t bytes) { state_->free_bytes = bytes; }
void MemoryDisk::FailNextSync() { state_->is_next_sync_bad = true; }
int MemoryDisk::syncs() const { return state_->syncs; }

}  // namespace secai::storage::testing

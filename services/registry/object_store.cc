#include "registry/object_store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <unistd.h>

#include "crypto/sha256.h"

namespace secai::registry {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

// Fewer than asked for only at the end of the file.
Result<std::size_t> ReadAt(int file, std::uint64_t offset, std::span<char> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::pread(file, out.data() + filled, out.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Fail(ErrorCode::kUnavailable,
                  "reading the model: " + std::generic_category().message(errno));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

Result<> ObjectStore::Copy(int source, const crypto::Digest& sha256, std::uint64_t size,
                           storage::File* out) {
  crypto::Sha256 hash;
  std::vector<char> block(kBlockBytes);
  for (std::uint64_t done = 0; done < size;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size - done));
    TRY_ASSIGN(const std::size_t got, ReadAt(source, done, std::span(block).first(wanted)));
    if (got < wanted) return Fail(ErrorCode::kCorrupt, "the file is shorter than it was");
    const std::string_view piece(block.data(), got);
    hash.Update(piece);
    TRY(out->Append(piece));
    done += got;
  }
  TRY_ASSIGN(const std::size_t beyond, ReadAt(source, size, std::span(block).first(1)));
  if (beyond != 0) return Fail(ErrorCode::kCorrupt, "the file is longer than it was");
  if (hash.Finish() != sha256) {
    return Fail(ErrorCode::kCorrupt, "the bytes are not those that were admitted");
  }
  return Ok();
}

Result<> ObjectStore::Put(int source, const crypto::Digest& sha256, std::uint64_t size) {
  const std::string name = sha256.ToHex();
  const std::string part = name + ".part";
  if (auto removed = objects_->Remove(part);
      !removed.has_value() && removed.error().code != ErrorCode::kNotFound) {
    return removed;
  }
  const auto copy = [&]() -> Result<> {
    TRY_ASSIGN(const auto file, objects_->CreateExclusive(part, 0400));
    TRY(Copy(source, sha256, size, file.get()));
    TRY(file->Sync());
    TRY(objects_->Rename(part, name));
    return objects_->Sync();
  };
  Result<> copied = copy();
  // A part that stays is taken away at the next start.
  if (!copied.has_value()) (void)objects_->Remove(part);
  return copied;
}

Result<> ObjectStore::Remove(const crypto::Digest& sha256) {
  if (auto removed = objects_->Remove(sha256.ToHex()); !removed.has_value()) {
    return removed.error().code == ErrorCode::kNotFound ? Ok() : removed;
  }
  return objects_->Sync();
}

Result<UniqueFd> ObjectStore::Open(const crypto::Digest& sha256) {
  return objects_->OpenDescriptor(sha256.ToHex());
}

Result<> ObjectStore::Check(const crypto::Digest& sha256, std::uint64_t size, Pace pace) {
  auto file = Open(sha256);
  if (!file.has_value()) {
    if (file.error().code != ErrorCode::kNotFound) return tl::unexpected<Error>(file.error());
    return Fail(ErrorCode::kCorrupt, "the file is missing");
  }
  crypto::Sha256 hash;
  std::vector<char> block(kBlockBytes);
  std::uint64_t done = 0;
  while (true) {
    if (is_stopped_) return Fail(ErrorCode::kUnavailable, "stopped");
    const auto start = std::chrono::steady_clock::now();
    TRY_ASSIGN(const std::size_t got, ReadAt(file->get(), done, block));
    hash.Update(std::string_view(block.data(), got));
    done += got;
    if (got < block.size() || done > size) break;
    if (pace == Pace::kGentle) {
      std::this_thread::sleep_for(3 * (std::chrono::steady_clock::now() - start));
    }
  }
  if (done != size) return Fail(ErrorCode::kCorrupt, "the file has another size");
  if (hash.Finish() != sha256) return Fail(ErrorCode::kCorrupt, "the file has another SHA-256");
  return Ok();
}

Result<> ObjectStore::RemoveAllBut(const std::set<crypto::Digest>& kept) {
  TRY_ASSIGN(const auto names, objects_->List());
  bool has_removed = false;
  for (const std::string& name : names) {
    const auto digest = crypto::Digest::Parse(name);
    if (digest.has_value() && kept.contains(*digest)) continue;
    TRY(objects_->Remove(name));
    has_removed = true;
  }
  return has_removed ? objects_->Sync() : Ok();
}

Result<bool> ObjectStore::IsEmpty() {
  TRY_ASSIGN(const auto names, objects_->List());
  return std::all_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.ends_with(".part"); });
}

}  // namespace secai::registry

#include "quarantine/claim_store.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "storage/atomic_file.h"
#include "storage/dir_folder.h"

namespace secai::quarantine {
namespace {

constexpr const char* kJournal = "claim.json";
constexpr const char* kNewJournal = "claim.json.new";
constexpr const char* kArtifact = "artifact";
constexpr std::size_t kMaxJournalBytes = std::size_t{8} << 20;

tl::unexpected<Error> SystemError(std::string_view step) {
  const auto code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  return Fail(code, std::string(step) + ": " + std::generic_category().message(errno));
}

bool IsClaimId(std::string_view id) {
  return id.size() == 16 && std::ranges::all_of(id, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
         });
}

// Ok also when there was none.
Result<> Unlink(int folder, const char* name, int flags) {
  if (::unlinkat(folder, name, flags) != 0 && errno != ENOENT)
    return SystemError("removing a file");
  return Ok();
}

}  // namespace

ClaimStore::ClaimStore(UniqueFd folder, const boost::asio::any_io_executor& executor)
    : folder_(std::move(folder)), changed_(std::make_unique<net::Signal>(executor)) {}

Result<ClaimStore> ClaimStore::Open(UniqueFd folder, const boost::asio::any_io_executor& executor) {
  ClaimStore store(std::move(folder), executor);
  storage::DirFolder listed(UniqueFd(::fcntl(store.folder_.get(), F_DUPFD_CLOEXEC, 3)));
  TRY_ASSIGN(const auto names, listed.List());
  for (const std::string& name : names) {
    if (!IsClaimId(name)) continue;
    const auto loaded = store.Load(name);
    if (loaded.has_value()) continue;
    if (loaded.error().code == ErrorCode::kNotFound) {
      TRY(store.RemoveFromDisk(name));  // Its first journal was never written.
    } else {
      store.unreadable_.push_back(name);
    }
  }
  return store;
}

Result<> ClaimStore::Load(const std::string& id) {
  TRY_ASSIGN(UniqueFd opened, OpenClaimFolder(id));
  storage::DirFolder folder(std::move(opened));
  TRY_ASSIGN(const auto file, folder.OpenForReading(kJournal));
  TRY_ASSIGN(const std::string text, storage::ReadWhole(file.get(), kMaxJournalBytes));
  TRY_ASSIGN(const auto value, ParseStrictJson(text, {.max_bytes = kMaxJournalBytes}));
  TRY_ASSIGN(const boost::json::object* object, AsObject(value, "journal"));
  TRY_ASSIGN(Claim claim, ClaimFromJson(*object));
  if (claim.id != id) return Fail(ErrorCode::kCorrupt, "the journal is another claim's");
  Show(std::move(claim));
  return Ok();
}

Result<> ClaimStore::Create(Claim claim) {
  if (!IsClaimId(claim.id)) return Fail(ErrorCode::kInvalidArgument, "not a claim id");
  if (::mkdirat(folder_.get(), claim.id.c_str(), 0700) != 0)
    return SystemError("making the claim's folder");
  const std::string id = claim.id;
  auto saved = Save(std::move(claim));
  if (saved.has_value() && ::fsync(folder_.get()) == 0) return Ok();
  entries_.erase(id);
  TRY(RemoveFromDisk(id));
  return saved.has_value() ? SystemError("syncing the quarantine folder") : saved;
}

Result<> ClaimStore::Save(Claim claim) {
  TRY_ASSIGN(UniqueFd opened, OpenClaimFolder(claim.id));
  storage::DirFolder folder(std::move(opened));
  TRY(storage::ReplaceFile(&folder, kJournal, boost::json::serialize(ClaimToJson(claim)) + "\n"));
  Show(std::move(claim));
  return Ok();
}

void ClaimStore::Show(Claim claim) {
  Entry& entry = entries_[claim.id];
  entry.claim = std::move(claim);
  entry.version = ++version_;
  changed_->Notify();
}

const Claim* ClaimStore::Find(std::string_view id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.claim;
}

std::vector<Claim> ClaimStore::List() const { return ChangesSince(0).claims; }

ClaimStore::Changes ClaimStore::ChangesSince(std::uint64_t version) const {
  Changes changes{.claims = {}, .version = version_};
  for (const auto& [id, entry] : entries_) {
    if (entry.version > version) changes.claims.push_back(entry.claim);
  }
  return changes;
}

Result<UniqueFd> ClaimStore::OpenClaimFolder(std::string_view id) const {
  if (!IsClaimId(id)) return Fail(ErrorCode::kInvalidArgument, "not a claim id");
  UniqueFd folder(::openat(folder_.get(), std::string(id).c_str(),
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return SystemError("opening the claim's folder");
  return folder;
}

Result<UniqueFd> ClaimStore::CreateArtifact(std::string_view id) {
  TRY_ASSIGN(const UniqueFd folder, OpenClaimFolder(id));
  UniqueFd file(::openat(folder.get(), kArtifact,
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return SystemError("making the file");
  if (::fsync(folder.get()) != 0) return SystemError("syncing the claim's folder");
  return file;
}

Result<UniqueFd> ClaimStore::OpenArtifact(std::string_view id) const {
  TRY_ASSIGN(const UniqueFd folder, OpenClaimFolder(id));
  // Not blocking, so that a FIFO put there by hand cannot stop the room.
  UniqueFd file(::openat(folder.get(), kArtifact, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ELOOP) {
    return Fail(ErrorCode::kDenied, "the file was replaced by a symbolic link");
  }
  if (!file.is_open()) return SystemError("opening the file");
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return SystemError("looking at the file");
  if (!S_ISREG(info.st_mode)) return Fail(ErrorCode::kDenied, "the file is not a regular file");
  if (info.st_nlink != 1) {
    return Fail(ErrorCode::kDenied,
                "the file has another name (a hard link), through which it could change");
  }
  return file;
}

Result<> ClaimStore::RemoveArtifact(std::string_view id) {
  TRY_ASSIGN(const UniqueFd folder, OpenClaimFolder(id));
  TRY(Unlink(folder.get(), kArtifact, 0));
  if (::fsync(folder.get()) != 0) return SystemError("syncing the claim's folder");
  return Ok();
}

Result<> ClaimStore::RemoveFromDisk(std::string_view id) {
  const auto folder = OpenClaimFolder(id);
  if (!folder.has_value() && folder.error().code == ErrorCode::kNotFound) return Ok();
  if (!folder.has_value()) return tl::unexpected(folder.error());
  // The journal goes last but one: while it stands, a start finds the claim and ends the removal.
  for (const char* name : {kArtifact, kNewJournal, kJournal}) TRY(Unlink(folder->get(), name, 0));
  TRY(Unlink(folder_.get(), std::string(id).c_str(), AT_REMOVEDIR));
  if (::fsync(folder_.get()) != 0) return SystemError("syncing the quarantine folder");
  return Ok();
}

Result<std::uint64_t> ClaimStore::FreeBytes() const {
  struct statvfs info = {};
  if (::fstatvfs(folder_.get(), &info) != 0) return SystemError("asking for free space");
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace secai::quarantine

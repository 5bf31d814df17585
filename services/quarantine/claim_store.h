#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/signal.h"
#include "quarantine/claim.h"

namespace secai::quarantine {

// All claims, in memory and below one folder: `<id>/claim.json` is the journal of a claim, replaced
// whole and fsynced at every step, and `<id>/artifact` the file itself
// (docs/formats/quarantine-claim.md). The user's file name is data, never a path.
//
// Thread-safety: the room's thread. Ownership: owns the folder's descriptor.
// Errors: kUnavailable when the disk is full or fails: then the old journal stands.
class ClaimStore {
 public:
  // Reads every journal below `folder`. One that cannot be read stays on disk and is named in
  // `unreadable()`. Folders without a journal (cut off while they were made) are removed.
  static Result<ClaimStore> Open(UniqueFd folder, const boost::asio::any_io_executor& executor);

  // Makes the folder and the first journal.
  Result<> Create(Claim claim);
  // Durable: after Ok() the claim survives power loss. Wakes the watchers.
  Result<> Save(Claim claim);
  // In memory only, for progress. Wakes the watchers.
  void Show(Claim claim);

  // Null when there is none. The pointer lives until the next call that is not const.
  const Claim* Find(std::string_view id) const;
  std::vector<Claim> List() const;
  const std::vector<std::string>& unreadable() const { return unreadable_; }

  // The new file for a claim that is received, empty, 0600, for writing.
  Result<UniqueFd> CreateArtifact(std::string_view id);
  // Read-only, no link followed, a regular file with one name. kNotFound when somebody removed it.
  Result<UniqueFd> OpenArtifact(std::string_view id) const;
  // Also Ok when it is gone already.
  Result<> RemoveArtifact(std::string_view id);
  // Removes journal and file; the claim stays in memory until the next start.
  Result<> RemoveFromDisk(std::string_view id);
  // Bytes that may still be written to this file system by an ordinary user.
  Result<std::uint64_t> FreeBytes() const;

  // For watchers: claims changed after `version`, and the version that they make.
  struct Changes {
    std::vector<Claim> claims;
    std::uint64_t version = 0;
  };
  Changes ChangesSince(std::uint64_t version) const;
  net::Signal* changed() { return changed_.get(); }

 private:
  struct Entry {
    Claim claim;
    std::uint64_t version = 0;
  };

  ClaimStore(UniqueFd folder, const boost::asio::any_io_executor& executor);
  Result<> Load(const std::string& id);
  Result<UniqueFd> OpenClaimFolder(std::string_view id) const;

  UniqueFd folder_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::string> unreadable_;
  std::uint64_t version_ = 0;
  std::unique_ptr<net::Signal>
      changed_;  // Behind a pointer, as a store can be moved and a signal cannot.
};

}  // namespace secai::quarantine

#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/digest.h"
#include "registry/manifest_record.h"
#include "registry/model.h"

namespace secai::registry {

// What the manifest's records add up to. No I/O.
// Invariants: names and digests are unique; every model came by a record.
// Thread-safety: one thread only. Pointers live until the next change.
class Catalog {
 public:
  struct Item {
    Model model;
    bool is_withdrawn = false;
    std::string reason = {};  // Of the withdrawal.
    std::string_view status() const { return is_withdrawn ? "withdrawn" : "admitted"; }
  };

  // Errors: kCorrupt, with nothing changed, when the record does not fit what was before (a name or
  // digest twice, a name that is not there, a second beginning).
  Result<> Apply(const ManifestRecord& record);

  // Bars a model at once, before its record is written. False when there is none or it is barred.
  bool Withdraw(const crypto::Digest& sha256, std::string_view reason);

  const Item* FindByName(std::string_view name) const;
  const Item* FindByDigest(const crypto::Digest& sha256) const;
  const std::map<std::string, Item, std::less<>>& items() const { return items_; }

  // The name that a model of these bytes gets: `wanted` for the first, and for others of the same
  // name (another version, other bytes) "wanted-" and 8, else 16, else 64 hex digits of the digest.
  std::string FreeName(std::string_view wanted, const crypto::Digest& sha256) const;

 private:
  std::map<std::string, Item, std::less<>> items_;  // By name.
};

}  // namespace secai::registry

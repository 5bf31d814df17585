#include "registry/catalog.h"

#include <algorithm>
#include <utility>

namespace secai::registry {
namespace {

using Action = ManifestRecord::Action;

}  // namespace

Result<> Catalog::Apply(const ManifestRecord& record) {
  switch (record.action) {
    case Action::kBegin:
      if (record.seq != 0) return Fail(ErrorCode::kCorrupt, "a second beginning");
      return Ok();
    case Action::kAdmit: {
      const Model& model = record.model.value();
      const Item* same_bytes = FindByDigest(model.sha256);
      const Item* same_name = FindByName(model.name);
      const bool is_again = same_bytes != nullptr && same_bytes == same_name;
      if ((same_bytes != nullptr || same_name != nullptr) &&
          !(is_again && same_bytes->is_withdrawn)) {
        return Fail(ErrorCode::kCorrupt, "a model is admitted twice");
      }
      items_.insert_or_assign(model.name, Item{.model = model});
      return Ok();
    }
    case Action::kWithdraw:
    case Action::kRemove: {
      const auto found = items_.find(record.name);
      if (found == items_.end()) return Fail(ErrorCode::kCorrupt, "no model of the name");
      if (record.action == Action::kRemove) {
        items_.erase(found);
      } else {
        found->second.is_withdrawn = true;
        found->second.reason = record.reason;
      }
      return Ok();
    }
  }
  return Fail(ErrorCode::kInternal, "no such action");
}

bool Catalog::Withdraw(const crypto::Digest& sha256, std::string_view reason) {
  for (auto& [name, item] : items_) {
    if (item.model.sha256 != sha256 || item.is_withdrawn) continue;
    item.is_withdrawn = true;
    item.reason = reason;
    return true;
  }
  return false;
}

const Catalog::Item* Catalog::FindByName(std::string_view name) const {
  const auto found = items_.find(name);
  return found == items_.end() ? nullptr : &found->second;
}

const Catalog::Item* Catalog::FindByDigest(const crypto::Digest& sha256) const {
  for (const auto& [name, item] : items_) {
    if (item.model.sha256 == sha256) return &item;
  }
  return nullptr;
}

std::string Catalog::FreeName(std::string_view wanted, const crypto::Digest& sha256) const {
  if (FindByName(wanted) == nullptr) return std::string(wanted);
  const std::string digest = sha256.ToHex();
  std::string name;
  for (const std::size_t digits : {std::size_t{8}, std::size_t{16}, digest.size()}) {
    const std::string ending = "-" + digest.substr(0, digits);
    // A name at the limit is cut, at a character's beginning, so that the ending fits.
    std::size_t length = std::min(wanted.size(), kMaxNameBytes - ending.size());
    while (length > 0 && length < wanted.size() &&
           (static_cast<unsigned char>(wanted[length]) & 0xC0U) == 0x80U) {
      --length;
    }
    name = std::string(wanted.substr(0, length)) + ending;
    if (FindByName(name) == nullptr) break;
  }
  return name;
}

}  // namespace secai::registry

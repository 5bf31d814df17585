#include "quarantine/scanner/manifest.h"

#include <array>

#include "crypto/sha256.h"

namespace secai::quarantine {
namespace {

crypto::Digest Leaf(const ManifestEntry& entry) {
  std::array<std::uint8_t, 9> head = {};  // The leaf's mark, then the length of the name.
  for (std::size_t i = 0; i < 8; ++i) {
    head[i + 1] = static_cast<std::uint8_t>(std::uint64_t{entry.name.size()} >> (8 * i));
  }
  crypto::Sha256 hash;
  hash.Update(head);
  hash.Update(entry.name);
  hash.Update(entry.digest.bytes());
  return hash.Finish();
}

crypto::Digest Node(const crypto::Digest& left, const crypto::Digest& right) {
  constexpr std::array<std::uint8_t, 1> kMark = {1};
  crypto::Sha256 hash;
  hash.Update(kMark);
  hash.Update(left.bytes());
  hash.Update(right.bytes());
  return hash.Finish();
}

}  // namespace

std::string MakeManifest(std::span<const ManifestEntry> entries) {
  std::vector<crypto::Digest> row;
  row.reserve(entries.size());
  for (const ManifestEntry& entry : entries) row.push_back(Leaf(entry));
  if (row.empty()) row.push_back(crypto::Sha256::Of(std::string_view("\0", 1)));
  while (row.size() > 1) {
    std::vector<crypto::Digest> above;
    for (std::size_t i = 0; i + 1 < row.size(); i += 2) above.push_back(Node(row[i], row[i + 1]));
    if (row.size() % 2 == 1) above.push_back(row.back());
    row = std::move(above);
  }
  return "sha256-merkle-1:" + row[0].ToHex() + ":" + std::to_string(entries.size());
}

}  // namespace secai::quarantine

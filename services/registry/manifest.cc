#include "registry/manifest.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "crypto/sha256.h"

namespace secai::registry {
namespace {

constexpr std::size_t kMaxManifestBytes = std::size_t{256} << 20;

tl::unexpected<Error> CorruptLine(std::uint64_t number, std::string_view reason) {
  return Fail(ErrorCode::kCorrupt,
              fmt::format("the manifest is not intact: line {}: {}", number, reason));
}

}  // namespace

Result<Manifest::Opened> Manifest::Open(storage::Folder* folder, const crypto::Ed25519KeyPair* key,
                                        Clock::TimePoint now, bool may_begin) {
  // A missing file is not made before it is known that it may be.
  if (!may_begin) {
    if (auto file = folder->OpenForReading(kManifestFileName); !file.has_value()) {
      if (file.error().code != ErrorCode::kNotFound) {
        return tl::unexpected<Error>(std::move(file).error());
      }
      return Fail(ErrorCode::kCorrupt, "the manifest is missing, but there are models");
    }
  }
  storage::AppendLogOptions options;
  options.max_record_bytes = kMaxManifestLineBytes;
  // Every whole line counts: a wrong one at the end is damage that is reported, never cut off.
  TRY_ASSIGN(auto log, storage::AppendLog::Open(folder, kManifestFileName, options));
  if (log.repair().has_value()) {
    log::Warn("registry.manifest_repaired",
              {{"cut_bytes", log.repair()->cut_bytes}, {"kept_as", log.repair()->kept_as}});
  }
  TRY_ASSIGN(const auto file, folder->OpenForReading(kManifestFileName));
  TRY_ASSIGN(const std::string text, storage::ReadWhole(file.get(), kMaxManifestBytes));
  Opened opened{Manifest(std::move(log), key), Catalog()};
  Manifest& manifest = opened.manifest;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos)
      return Fail(ErrorCode::kUnavailable, "manifest in motion");
    const std::string_view line = rest.substr(0, newline);
    rest.remove_prefix(newline + 1);
    const std::uint64_t number = manifest.next_seq_ + 1;
    const auto record = OpenRecord(line, key->public_key());
    if (!record.has_value()) return CorruptLine(number, record.error().message);
    if (record->seq != manifest.next_seq_) return CorruptLine(number, "a line is missing or moved");
    if (record->previous != manifest.last_line_digest_) {
      return CorruptLine(number, "it does not follow the line before");
    }
    if (number == 1 && record->action != ManifestRecord::Action::kBegin) {
      return CorruptLine(number, "it is not a beginning");
    }
    if (auto applied = opened.catalog.Apply(*record); !applied.has_value()) {
      return CorruptLine(number, applied.error().message);
    }
    manifest.last_line_digest_ = crypto::Sha256::Of(line).ToHex();
    ++manifest.next_seq_;
  }
  if (manifest.next_seq_ == 0) {
    if (!may_begin) return Fail(ErrorCode::kCorrupt, "the manifest is empty, but there are models");
    ManifestRecord begin;
    begin.time = now;
    TRY(manifest.Append(std::move(begin)));
  }
  return opened;
}

Result<> Manifest::Append(ManifestRecord record) {
  record.seq = next_seq_;
  record.previous = last_line_digest_;
  TRY_ASSIGN(std::string line, SignRecord(record, *key_));
  std::string digest = crypto::Sha256::Of(std::string_view(line)).ToHex();
  TRY(log_.Append(std::vector<std::string>{std::move(line)}));
  last_line_digest_ = std::move(digest);
  ++next_seq_;
  return Ok();
}

}  // namespace secai::registry

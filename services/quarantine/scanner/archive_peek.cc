#include "quarantine/scanner/archive_peek.h"

#include <algorithm>
#include <array>

#include "quarantine/scanner/inflate.h"

namespace secai::quarantine {
namespace {

// PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16.
constexpr std::array<std::uint8_t, 4> kLocalMagic = {'P', 'K', 3, 4};
constexpr std::array<std::uint8_t, 4> kCentralMagic = {'P', 'K', 1, 2};
constexpr std::array<std::uint8_t, 4> kEndMagic = {'P', 'K', 5, 6};
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kMaxNameBytes = 512;
constexpr std::size_t kTarBlockBytes = 512;

using Bytes = std::vector<std::uint8_t>;

std::uint64_t Number(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

// Up to `count` bytes at `offset`; fewer at the end, none on any error.
Bytes ReadSome(const ByteSource& source, std::uint64_t offset, std::size_t count) {
  if (offset >= source.size()) return {};
  Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, source.size() - offset)));
  if (!source.ReadAt(offset, bytes).has_value()) return {};
  return bytes;
}

bool HasMagic(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), magic);
}

struct EndRecord {
  std::uint64_t offset = 0;  // Of the record in the file.
  std::uint64_t directory_bytes = 0;
};

std::optional<EndRecord> FindEnd(const ByteSource& source) {
  constexpr std::size_t kSearchBytes = kEndBytes + 0xffff;
  const std::uint64_t start = source.size() > kSearchBytes ? source.size() - kSearchBytes : 0;
  const Bytes tail = ReadSome(source, start, kSearchBytes);
  for (std::size_t i = tail.size(); i >= kEndBytes; --i) {
    const std::size_t at = i - kEndBytes;
    if (!HasMagic(std::span(tail).subspan(at), kEndMagic)) continue;
    if (Number(tail, at + 20, 2) > tail.size() - at - kEndBytes) continue;  // The comment's length.
    return EndRecord{start + at, Number(tail, at + 12, 4)};
  }
  return std::nullopt;
}

// The member whose local header stands at `offset`; its end in the file goes to `next`.
std::optional<ArchiveMember> ReadLocal(const ByteSource& source, std::uint64_t offset,
                                       std::uint64_t* next) {
  const Bytes bytes = ReadSome(source, offset, kLocalBytes + kMaxNameBytes + 2 * kMemberHeadBytes);
  if (bytes.size() < kLocalBytes || !HasMagic(bytes, kLocalMagic)) return std::nullopt;
  const auto method = Number(bytes, 8, 2);
  const auto packed_bytes = Number(bytes, 18, 4);
  const auto name_bytes = static_cast<std::size_t>(Number(bytes, 26, 2));
  const auto extra_bytes = static_cast<std::size_t>(Number(bytes, 28, 2));
  const std::size_t begin = kLocalBytes + name_bytes + extra_bytes;
  *next = offset + begin + packed_bytes;
  ArchiveMember member;
  const std::size_t kept = std::min({name_bytes, kMaxNameBytes, bytes.size() - kLocalBytes});
  member.name.assign(bytes.begin() + kLocalBytes,
                     bytes.begin() + static_cast<std::ptrdiff_t>(kLocalBytes + kept));
  if (begin >= bytes.size()) return member;
  const auto content = std::span(bytes).subspan(begin);
  if (method == 8) {
    member.head = InflateHead(content, kMemberHeadBytes).out;
  } else if (method == 0) {
    const auto head = content.first(std::min(content.size(), kMemberHeadBytes));
    member.head.assign(head.begin(), head.end());
  }
  return member;
}

}  // namespace

bool HasZipEnd(const ByteSource& source) { return FindEnd(source).has_value(); }

std::vector<ArchiveMember> PeekZip(const ByteSource& source) {
  std::vector<ArchiveMember> members;
  std::uint64_t next = 0;
  const auto end = FindEnd(source);
  if (end.has_value() && end->directory_bytes <= end->offset) {
    // The directory ends where the end record begins, also when something was put in front of the
    // zip; the stored offsets are then short by the same amount.
    std::uint64_t at = end->offset - end->directory_bytes;
    std::optional<std::uint64_t> shift;
    while (members.size() < kMaxPeekedMembers && at < end->offset) {
      const Bytes entry = ReadSome(source, at, kCentralBytes);
      if (entry.size() < kCentralBytes || !HasMagic(entry, kCentralMagic)) break;
      const std::uint64_t local = Number(entry, 42, 4);
      if (!shift.has_value()) {
        shift = 0;
        for (const std::uint64_t guess :
             {std::uint64_t{0},
              end->offset - end->directory_bytes -
                  std::min(Number(entry, 20, 4), end->offset - end->directory_bytes)}) {
          const Bytes head = ReadSome(source, local + guess, 4);
          if (HasMagic(head, kLocalMagic)) shift = guess;
        }
      }
      if (auto member = ReadLocal(source, local + *shift, &next); member.has_value()) {
        members.push_back(*std::move(member));
      }
      at += kCentralBytes + Number(entry, 28, 2) + Number(entry, 30, 2) + Number(entry, 32, 2);
    }
  }
  if (!members.empty()) return members;
  for (std::uint64_t at = 0; members.size() < kMaxPeekedMembers; at = next) {
    auto member = ReadLocal(source, at, &next);
    if (!member.has_value() || next <= at) break;
    members.push_back(*std::move(member));
  }
  return members;
}

bool IsTarHeader(std::span<const std::uint8_t> block) {
  constexpr std::size_t kChecksumAt = 148;
  constexpr std::size_t kChecksumBytes = 8;
  if (block.size() < kTarBlockBytes || block[0] == 0) return false;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kTarBlockBytes; ++i) {
    const bool is_checksum = i >= kChecksumAt && i < kChecksumAt + kChecksumBytes;
    sum += is_checksum ? std::uint8_t{' '} : block[i];
  }
  std::uint64_t stored = 0;
  bool has_digit = false;
  for (const std::uint8_t c : block.subspan(kChecksumAt, kChecksumBytes)) {
    if (c >= '0' && c <= '7') {
      stored = stored * 8 + (c - '0');
      has_digit = true;
    } else if (c != ' ' && c != 0) {
      return false;
    }
  }
  return has_digit && stored == sum;
}

std::vector<ArchiveMember> PeekTar(const ByteSource& source) {
  std::vector<ArchiveMember> members;
  std::uint64_t at = 0;
  while (members.size() < kMaxPeekedMembers) {
    const Bytes header = ReadSome(source, at, kTarBlockBytes);
    if (!IsTarHeader(header)) break;
    ArchiveMember member;
    const auto name = std::span(header).first(100);
    member.name.assign(name.begin(), std::ranges::find(name, 0));
    std::uint64_t size = 0;
    for (const std::uint8_t c : std::span(header).subspan(124, 12)) {
      if (c >= '0' && c <= '7') size = size * 8 + (c - '0');
    }
    member.head =
        ReadSome(source, at + kTarBlockBytes,
                 static_cast<std::size_t>(std::min<std::uint64_t>(size, kMemberHeadBytes)));
    members.push_back(std::move(member));
    const std::uint64_t padded = (size + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes;
    if (padded > source.size() - at) break;
    at += kTarBlockBytes + padded;
  }
  return members;
}

}  // namespace secai::quarantine

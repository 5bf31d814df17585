#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quarantine/scanner/byte_source.h"

namespace secai::quarantine {

// One member of an archive: its name as stored, and the first bytes of its content, unpacked.
struct ArchiveMember {
  std::string name;                // At most 512 bytes, hostile.
  std::vector<std::uint8_t> head;  // At most kMemberHeadBytes; empty when packed in another way.
};

inline constexpr std::size_t kMemberHeadBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxPeekedMembers = 64;

// True when a zip's end record stands in the last 64 KiB of the file, whatever comes first.
bool HasZipEnd(const ByteSource& source);

// The first members of a zip, found through the central directory and, where that is missing, by
// the local headers. Stored and deflated members are opened; encryption bits, sizes and checksums
// in the headers are not believed. Never fails: what cannot be read is left out. Cost: at most
// kMaxPeekedMembers reads of 128 KiB. Trust: hostile. Thread-safety: pure.
std::vector<ArchiveMember> PeekZip(const ByteSource& source);

// The first members of a tar (ustar, pax, GNU or the oldest form).
std::vector<ArchiveMember> PeekTar(const ByteSource& source);

// True when `block` (512 bytes) is a tar header: its checksum is right.
bool IsTarHeader(std::span<const std::uint8_t> block);

}  // namespace secai::quarantine

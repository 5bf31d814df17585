#include "quarantine/scanner/payload_check.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "quarantine/scanner/archive_peek.h"
#include "quarantine/scanner/checksums.h"
#include "quarantine/scanner/inflate.h"
#include "quarantine/scanner/pickle_names.h"
#include "quarantine/scanner/pickle_walk.h"
#include "quarantine/scanner/text_decode.h"

namespace secai::quarantine {
namespace {

using Span = std::span<const std::uint8_t>;

std::uint64_t Little(Span bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

std::uint64_t Big(Span bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

bool IsPrintable(Span bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x20 && byte != 0x7f; });
}

// APPNOTE 4.3.7 and 4.3.16. A reader finds a zip by its end record, whatever comes before.
bool IsZip(Span data) {
  if (data[2] == 5) {  // End record: one disk, a directory, entries that fit in it.
    if (data.size() < 22 || Little(data, 4, 4) != 0) return false;
    const auto entries = Little(data, 10, 2);
    return Little(data, 8, 2) == entries && Little(data, 12, 4) >= entries * 46 &&
           Little(data, 12, 4) < (1U << 31) && Little(data, 16, 4) < 0xffff'ff00U;
  }
  if (data.size() < 31) return false;
  constexpr std::array<std::uint64_t, 9> kMethods = {0, 8, 9, 12, 14, 93, 95, 98, 99};
  const auto name_bytes = static_cast<std::size_t>(Little(data, 26, 2));
  return data[4] <= 63 && data[5] <= 20 && std::ranges::count(kMethods, Little(data, 8, 2)) == 1 &&
         name_bytes >= 1 && name_bytes <= 512 && name_bytes <= data.size() - 30 &&
         IsPrintable(data.subspan(30, name_bytes));
}

bool Is7z(Span data) {  // 7zFormat.txt: version, CRC of the 20 bytes that follow it.
  return data.size() >= 32 && data[6] == 0 && Little(data, 8, 4) == Crc32(data.subspan(12, 20));
}

bool IsXz(Span data) {  // The .xz format 2.1.1: flags and their CRC.
  return data.size() >= 12 && data[6] == 0 && data[7] <= 15 &&
         Little(data, 8, 4) == Crc32(data.subspan(6, 2));
}

bool IsRar(Span data) {  // Version 4 ("00") and 5 ("01 00").
  return data.size() >= 8 && (data[6] == 0 || (data[6] == 1 && data[7] == 0));
}

// RFC 1952; must unpack to 1 KiB, or to its end with the right checksum.
bool IsGzip(Span data, CarveBudget* budget) {
  constexpr std::size_t kEnough = 1024;
  budget->Spend(2);
  const std::size_t begin = GzipHeaderBytes(data);
  if (begin == 0) return false;
  const InflateReport report = InflateHead(data.subspan(begin), kEnough);
  budget->Spend(10 + report.out.size() / 8);
  if (report.out.size() >= kEnough) return true;
  if (report.end != InflateReport::End::kComplete) return false;
  const std::size_t tail = begin + report.used;
  return data.size() - tail >= 8 && Little(data, tail, 4) == Crc32(report.out) &&
         !report.out.empty();
}

bool IsBzip2(Span data) {
  constexpr std::array<std::uint8_t, 6> kBlock = {'1', 'A', 'Y', '&', 'S', 'Y'};
  return data.size() >= 10 && data[3] >= '1' && data[3] <= '9' &&
         std::ranges::equal(data.subspan(4, 6), kBlock);
}

// RFC 8878 section 3.1.1: reserved bits, a window of at most 128 MiB, and blocks that follow one
// another as far as can be seen.
bool IsZstd(Span data) {
  if (data.size() < 16) return false;
  const std::uint8_t descriptor = data[4];
  if ((descriptor & 0x18) != 0) return false;
  const bool is_single = (descriptor & 0x20) != 0;
  constexpr std::array<std::size_t, 4> kIdBytes = {0, 1, 2, 4};
  constexpr std::array<std::size_t, 4> kSizeBytes = {0, 2, 4, 8};
  std::size_t at = 5;
  if (!is_single && (data[at++] >> 3) > 17) return false;
  at += kIdBytes[descriptor & 3];
  const std::size_t size_bytes =
      (descriptor >> 6) == 0 ? (is_single ? 1 : 0) : kSizeBytes[descriptor >> 6];
  if (data.size() - at < size_bytes + 3) return false;
  if (Little(data, at, size_bytes) >= std::uint64_t{1} << 50) return false;
  at += size_bytes;
  std::size_t blocks = 0;
  while (data.size() - at >= 3) {
    const auto header = Little(data, at, 3);
    const auto type = header >> 1 & 3;
    const auto size = static_cast<std::size_t>(header >> 3);
    if (type == 3 || size > (std::size_t{128} << 10) || (type == 2 && size < 2)) return false;
    ++blocks;
    at += 3;
    // The literals of a packed block (3.1.1.3.1) cannot be larger than the block's own limit.
    if (type == 2 && data.size() - at >= 3 && (data[at] & 3) == 3 && blocks == 1) return false;
    const std::size_t stored = type == 1 ? 1 : size;
    if ((header & 1) != 0) return stored <= data.size() - at || blocks > 1 || size > 64;
    if (stored > data.size() - at) return blocks > 1 || size >= (std::size_t{32} << 10);
    at += stored;
  }
  return blocks > 1;
}

// LZ4 frame format 1.6: version 01, reserved bits, block size 4 to 7, checksum of the descriptor.
bool IsLz4(Span data) {
  if (data.size() < 7) return false;
  const std::uint8_t flags = data[4];
  if ((flags & 0xc2) != 0x40 || (data[5] & 0x8f) != 0 || (data[5] >> 4) < 4) return false;
  const std::size_t length = 2 + ((flags & 8) != 0 ? 8 : 0) + ((flags & 1) != 0 ? 4 : 0);
  return data.size() - 4 > length &&
         (XxHash32(data.subspan(4, length)) >> 8 & 0xff) == data[4 + length];
}

// System V ABI: class, data, version, type, size of the header.
bool IsElf(Span data) {
  if (data.size() < 64) return false;
  const bool is_64 = data[4] == 2;
  if ((data[4] != 1 && !is_64) || (data[5] != 1 && data[5] != 2) || data[6] != 1) return false;
  const auto number = [&](std::size_t at) {
    return data[5] == 1 ? Little(data, at, 2) : Big(data, at, 2);
  };
  const auto type = number(16);
  return (type <= 4 || type >= 0xfe00) && number(is_64 ? 52 : 40) == (is_64 ? 64U : 52U);
}

bool IsPe(Span data) {  // e_lfanew leads to "PE\0\0" and a known machine.
  if (data.size() < 64) return false;
  const auto at = static_cast<std::size_t>(Little(data, 60, 4));
  if (at < 4 || at > data.size() || data.size() - at < 24) return false;
  constexpr std::array<std::uint64_t, 6> kMachines = {0x14c, 0x8664, 0x1c0, 0x1c4, 0xaa64, 0x200};
  return Little(data, at, 4) == 0x4550 &&
         std::ranges::count(kMachines, Little(data, at + 4, 2)) == 1;
}

bool IsMachO(Span data) {  // cputype, filetype, number of commands and their size.
  if (data.size() < 32) return false;
  const bool is_big = data[0] == 0xfe;
  const auto number = [&](std::size_t at) {
    return is_big ? Big(data, at, 4) : Little(data, at, 4);
  };
  constexpr std::array<std::uint64_t, 6> kProcessors = {7,           12,          18,
                                                        0x0100'0007, 0x0100'000c, 0x0200'000c};
  const auto commands = number(16);
  return std::ranges::count(kProcessors, number(4)) == 1 && number(12) >= 1 && number(12) <= 15 &&
         commands >= 1 && commands <= 1000 && number(20) >= commands * 8 && number(20) < (1U << 20);
}

bool IsCafeBabe(Span data) {
  if (data.size() < 28) return false;
  const auto major = Big(data, 6, 2);
  if (Big(data, 4, 2) == 0 && major >= 1 && major < 45) {  // Universal: the first part's place.
    const auto align = Big(data, 24, 4);
    return Big(data, 16, 4) >= 8 && Big(data, 20, 4) > 0 && align <= 15 &&
           (Big(data, 8, 4) & 0xff) < 32;
  }
  // A class: version, constants, and a first constant of a known kind (JVM specification 4.4).
  return major >= 45 && major <= 100 && Big(data, 4, 2) <= 3 && Big(data, 8, 2) >= 4 &&
         data[10] >= 1 && data[10] <= 20 && data[10] != 2 && data[10] != 13 && data[10] != 14;
}

// HDF5 format: superblock version, and the sizes of offsets and lengths where that version has
// them.
bool IsHdf5(Span data) {
  if (data.size() < 16 || data[8] > 3) return false;
  const std::size_t at = data[8] < 2 ? 13 : 9;
  const auto is_size = [](std::uint8_t size) { return size == 2 || size == 4 || size == 8; };
  return is_size(data[at]) && is_size(data[at + 1]);
}

bool IsNpy(Span data) {
  return data.size() >= 16 && data[6] >= 1 && data[6] <= 3 && data[7] == 0 &&
         (data[data[6] == 1 ? 10 : 12] == '{');
}

bool IsWasm(Span data) {  // The first section: a known kind.
  return data.size() >= 10 && data[8] <= 13;
}

bool IsPdf(Span data) {
  return data.size() >= 9 && (data[5] == '1' || data[5] == '2') && data[6] == '.' &&
         data[7] >= '0' && data[7] <= '9';
}

bool IsScript(Span bytes, std::size_t place) {
  if (place > 0 && bytes[place - 1] >= 0x20 && bytes[place - 1] < 0x7f)
    return false;  // Within a line.
  const auto data = bytes.subspan(place);
  const std::string_view text(reinterpret_cast<const char*>(data.data()),
                              std::min<std::size_t>(data.size(), 128));
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return false;
  const std::string_view line = text.substr(2, end - 2);
  if (!IsPrintable(data.subspan(0, end))) return false;
  constexpr std::array<std::string_view, 10> kInterpreters = {
      "/sh", "bash", "/env ", "python", "perl", "ruby", "node", "php", "/zsh", "/dash"};
  return std::ranges::any_of(kInterpreters, [&](std::string_view name) {
    return line.find(name) != std::string_view::npos;
  });
}

bool IsPickle(Span data, bool is_text, CarveBudget* budget, std::string* detail) {
  const PickleReport report = WalkPickle(data, {.max_opcodes = 20'000, .max_depth = 1000});
  budget->Spend(3 + report.opcodes);
  if (report.imports.empty() || !(report.is_stopped || report.is_cut)) {
    // A pickle that breaks after the call has done its work.
    const bool has_run = !report.imports.empty() && report.has_call && report.opcodes >= 4 &&
                         JudgeImport(report.imports[0].module, report.imports[0].name).verdict ==
                             ImportVerdict::kMalicious;
    if (!has_run) return false;
  }
  if (is_text && !report.has_call) return false;
  // Two single letters are what noise looks like.
  const PickleImport& first = report.imports[0];
  if (first.module.size() + first.name.size() < 4 && first.module != "?") return false;
  if (first.module == "?" && report.opcodes < 12) return false;
  *detail = DescribeImports(report).value_or("");
  return true;
}

// Base64 of something that has its own row: decode what can be seen and test that.
bool IsBase64(Span data, CarveBudget* budget, std::string* detail) {
  const auto decoded = DecodeBase64Run(data.first(std::min<std::size_t>(data.size(), 16 << 10)));
  budget->Spend(10 + decoded.size() / 50);
  bool is_payload = false;
  FindSignatures(decoded, 0, 1, [&](std::size_t, const Signature& inner) {
    if (!inner.is_text) is_payload = ConfirmPayload(decoded, 0, inner.kind, budget, detail);
    if (is_payload) *detail = "it holds " + std::string(Describe(inner.kind));
    return !is_payload;
  });
  return is_payload;
}

}  // namespace

bool ConfirmPayload(std::span<const std::uint8_t> bytes, std::size_t place, PayloadKind kind,
                    CarveBudget* budget, std::string* detail) {
  if (budget->is_spent()) return false;
  budget->Spend(1);
  const Span data = bytes.subspan(place, std::min(bytes.size() - place, kPayloadAhead));
  switch (kind) {
    case PayloadKind::kZip:
      return IsZip(data);
    case PayloadKind::kTar:
      budget->Spend(5);
      return place >= 257 && IsTarHeader(bytes.subspan(place - 257));
    case PayloadKind::k7z:
      return Is7z(data);
    case PayloadKind::kXz:
      return IsXz(data);
    case PayloadKind::kRar:
      return IsRar(data);
    case PayloadKind::kGzip:
      return IsGzip(data, budget);
    case PayloadKind::kBzip2:
      return IsBzip2(data);
    case PayloadKind::kZstd:
      return IsZstd(data);
    case PayloadKind::kLz4:
      return IsLz4(data);
    case PayloadKind::kElf:
      return IsElf(data);
    case PayloadKind::kPe:
      return IsPe(data);
    case PayloadKind::kMachO:
      return IsMachO(data);
    case PayloadKind::kCafeBabe:
      return IsCafeBabe(data);
    case PayloadKind::kWasm:
      return IsWasm(data);
    case PayloadKind::kHdf5:
      return IsHdf5(data);
    case PayloadKind::kNpy:
      return IsNpy(data);
    case PayloadKind::kPdf:
      return IsPdf(data);
    case PayloadKind::kScript:
      return IsScript(bytes, place);
    case PayloadKind::kBase64:
      return IsBase64(data, budget, detail);
    case PayloadKind::kPickle:
      return IsPickle(data, false, budget, detail);
    case PayloadKind::kTextPickle:
      return IsPickle(data, true, budget, detail);
  }
  return false;
}

}  // namespace secai::quarantine

#include "quarantine/scanner/signature_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <memory>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace secai::quarantine {
namespace {

using enum PayloadKind;
using namespace std::string_view_literals;

// Source: quarantine rule catalogue 8.3, and the format documents named there.
constexpr auto kSignatures = std::to_array<Signature>({
    {"PK\x03\x04"sv, kZip},
    {"PK\x05\x06"sv, kZip},
    {"ustar"sv, kTar},
    {"7z\xbc\xaf\x27\x1c"sv, k7z},
    {"\xfd"
     "7zXZ\0"sv,
     kXz},
    {"Rar!\x1a\x07"sv, kRar},
    {"\x1f\x8b\x08"sv, kGzip},
    {"BZh"sv, kBzip2},
    {"\x28\xb5\x2f\xfd"sv, kZstd},
    {"\x04\x22\x4d\x18"sv, kLz4},
    {"\x7f"
     "ELF"sv,
     kElf},
    {"MZ"sv, kPe, false, true},
    {"\xfe\xed\xfa\xce"sv, kMachO},
    {"\xfe\xed\xfa\xcf"sv, kMachO},
    {"\xce\xfa\xed\xfe"sv, kMachO},
    {"\xcf\xfa\xed\xfe"sv, kMachO},
    {"\xca\xfe\xba\xbe"sv, kCafeBabe},
    {"\0asm\x01\0\0\0"sv, kWasm},
    {"\x89HDF\r\n\x1a\n"sv, kHdf5},
    {"\x93NUMPY"sv, kNpy},
    {"%PDF-"sv, kPdf},
    {"#!/"sv, kScript, true},
    {"UEsDB"sv, kBase64, true},
    {"f0VMRg"sv, kBase64, true},
    {"TVqQ"sv, kBase64, true},
    {"gASV"sv, kBase64, true},
    {"gAN"sv, kBase64, true},
    {"gAJ"sv, kBase64, true},
    {"H4sI"sv, kBase64, true},
    {"\x80\x02"sv, kPickle, false, true},
    {"\x80\x03"sv, kPickle, false, true},
    {"\x80\x04"sv, kPickle, false, true},
    {"\x80\x05"sv, kPickle, false, true},
    {"cos\n"sv, kTextPickle, true},
    {"cnt\n"sv, kTextPickle, true},
    {"cposix\n"sv, kTextPickle, true},
    {"csubprocess\n"sv, kTextPickle, true},
    {"c__builtin__\n"sv, kTextPickle, true},
    {"cbuiltins\n"sv, kTextPickle, true},
    {"csys\n"sv, kTextPickle, true},
    {"csocket\n"sv, kTextPickle, true},
    {"cshutil\n"sv, kTextPickle, true},
    {"crunpy\n"sv, kTextPickle, true},
    {"cpty\n"sv, kTextPickle, true},
    {"cimportlib\n"sv, kTextPickle, true},
    {"cpickle\n"sv, kTextPickle, true},
    {"ctorch.hub\n"sv, kTextPickle, true},
    {"cwebbrowser\n"sv, kTextPickle, true},
});

constexpr std::size_t kPrefixBytes = 3;

// Signatures that share a bucket are tried together; neighbours in the list look alike.
constexpr std::size_t BucketOf(std::size_t index) {
  // MZ and the pickle heads have two bytes only, so they stand alone.
  switch (kSignatures[index].kind) {
    case kPe:
      return 6;
    case kPickle:
      return 7;
    default:
      return index * 6 / kSignatures.size();
  }
}

bool StandsAt(const Signature& signature, std::span<const std::uint8_t> bytes, std::size_t place) {
  const auto text = signature.bytes;
  if (text.size() > bytes.size() - place) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (bytes[place + i] != static_cast<std::uint8_t>(text[i])) return false;
  }
  return true;
}

// For each bucket, the low and high halves of the bytes that its signatures have at each of the
// first three places. A byte passes when both halves do.
struct NibbleTables {
  std::array<std::array<std::uint8_t, 16>, kPrefixBytes> low = {};
  std::array<std::array<std::uint8_t, 16>, kPrefixBytes> high = {};
};

constexpr NibbleTables MakeNibbleTables() {
  NibbleTables tables;
  for (std::size_t i = 0; i < kSignatures.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << BucketOf(i));
    for (std::size_t at = 0; at < kPrefixBytes; ++at) {
      const bool is_any = at >= kSignatures[i].bytes.size();
      for (std::size_t byte = 0; byte < 256; ++byte) {
        if (!is_any && byte != static_cast<std::uint8_t>(kSignatures[i].bytes[at])) continue;
        tables.low[at][byte & 15] |= bit;
        tables.high[at][byte >> 4] |= bit;
      }
    }
  }
  return tables;
}
constexpr NibbleTables kTables = MakeNibbleTables();

// Tries the signatures of the buckets in `mask` at `place`. False to stop.
bool TryPlace(std::span<const std::uint8_t> bytes, std::size_t place, unsigned mask,
              const SignatureCallback& found) {
  for (std::size_t i = 0; i < kSignatures.size(); ++i) {
    if ((mask >> BucketOf(i) & 1U) == 0) continue;
    if (StandsAt(kSignatures[i], bytes, place) && !found(place, kSignatures[i])) return false;
  }
  return true;
}

// All pairs of first bytes, as a set.
const std::bitset<65536>& PairTable() {
  static const auto kTable = [] {
    auto table = std::make_unique<std::bitset<65536>>();
    for (const Signature& signature : kSignatures) {
      const auto first = static_cast<std::uint8_t>(signature.bytes[0]);
      const auto second = static_cast<std::uint8_t>(signature.bytes[1]);
      table->set(first | std::size_t{second} << 8);
    }
    return table;
  }();
  return *kTable;
}

#if defined(__x86_64__)

// Returns the first place it did not look at. `stopped` is set when `found` said so.
__attribute__((target("avx2"))) std::size_t FindAvx2(std::span<const std::uint8_t> bytes,
                                                     std::size_t begin, std::size_t end,
                                                     const SignatureCallback& found,
                                                     bool* stopped) {
  constexpr std::size_t kStep = 32;
  const auto table = [](const std::array<std::uint8_t, 16>& half) __attribute__((target("avx2"))) {
    return _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(half.data())));
  };
  const __m256i low0 = table(kTables.low[0]);
  const __m256i low1 = table(kTables.low[1]);
  const __m256i low2 = table(kTables.low[2]);
  const __m256i high0 = table(kTables.high[0]);
  const __m256i high1 = table(kTables.high[1]);
  const __m256i high2 = table(kTables.high[2]);
  const __m256i nibble = _mm256_set1_epi8(15);
  const auto& pairs = PairTable();
  std::size_t at = begin;
  for (; at < end && bytes.size() - at >= kStep + 2; at += kStep) {
    const auto match = [&](std::size_t shift, __m256i low,
                           __m256i high) __attribute__((target("avx2"))) {
      const __m256i input =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes.data() + at + shift));
      const __m256i low_part = _mm256_shuffle_epi8(low, _mm256_and_si256(input, nibble));
      const __m256i high_part =
          _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(input, 4), nibble));
      return _mm256_and_si256(low_part, high_part);
    };
    const __m256i all = _mm256_and_si256(
        _mm256_and_si256(match(0, low0, high0), match(1, low1, high1)), match(2, low2, high2));
    if (_mm256_testz_si256(all, all) != 0) continue;
    alignas(32) std::array<std::uint8_t, kStep> buckets = {};
    _mm256_store_si256(reinterpret_cast<__m256i*>(buckets.data()), all);
    const __m256i zero = _mm256_cmpeq_epi8(all, _mm256_setzero_si256());
    auto places = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(zero));
    while (places != 0) {
      const auto offset = static_cast<std::size_t>(std::countr_zero(places));
      places &= places - 1;
      const std::size_t place = at + offset;
      if (place >= end) break;
      // Halves of bytes match by chance much more often than pairs of bytes do.
      if (!pairs[bytes[place] | std::size_t{bytes[place + 1]} << 8]) continue;
      if (!TryPlace(bytes, at + offset, buckets[offset], found)) {
        *stopped = true;
        return at;
      }
    }
  }
  return std::min(at, end);
}

#endif

}  // namespace

std::span<const Signature> AllSignatures() { return kSignatures; }

std::string_view Describe(PayloadKind kind) {
  switch (kind) {
    case kZip:
      return "a zip archive";
    case kTar:
      return "a tar archive";
    case k7z:
      return "a 7z archive";
    case kXz:
      return "xz data";
    case kRar:
      return "a rar archive";
    case kGzip:
      return "gzip data";
    case kBzip2:
      return "bzip2 data";
    case kZstd:
      return "zstd data";
    case kLz4:
      return "lz4 data";
    case kElf:
      return "an ELF program or library";
    case kPe:
      return "a Windows program";
    case kMachO:
      return "a Mach-O program";
    case kCafeBabe:
      return "a Java class or Mach-O program";
    case kWasm:
      return "a WebAssembly module";
    case kHdf5:
      return "an HDF5 file";
    case kNpy:
      return "a NumPy array";
    case kPdf:
      return "a PDF document";
    case kScript:
      return "a script";
    case kBase64:
      return "base64 text of a program or archive";
    case kPickle:
    case kTextPickle:
      return "a pickle";
  }
  return "a payload";
}

void FindSignaturesScalar(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t end,
                          const SignatureCallback& found) {
  if (bytes.size() < 2) return;
  const auto& pairs = PairTable();
  end = std::min(end, bytes.size() - 1);
  for (std::size_t at = begin; at < end; ++at) {
    if (!pairs[bytes[at] | std::size_t{bytes[at + 1]} << 8]) continue;
    if (!TryPlace(bytes, at, 0xff, found)) return;
  }
}

void FindSignatures(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t end,
                    const SignatureCallback& found) {
#if defined(__x86_64__)
  static const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
  if (kHasAvx2) {
    bool stopped = false;
    begin = FindAvx2(bytes, begin, end, found, &stopped);
    if (stopped) return;
  }
#endif
  FindSignaturesScalar(bytes, begin, end, found);
}

}  // namespace secai::quarantine

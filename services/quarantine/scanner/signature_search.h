#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace secai::quarantine {

// The kinds of hidden files that are looked for.
enum class PayloadKind : std::uint8_t {
  kZip,
  kTar,
  k7z,
  kXz,
  kRar,
  kGzip,
  kBzip2,
  kZstd,
  kLz4,
  kElf,
  kPe,
  kMachO,
  kCafeBabe,  // Java class or Mach-O universal.
  kWasm,
  kHdf5,
  kNpy,
  kPdf,
  kScript,      // Text.
  kBase64,      // Text: the head of an encoded zip, ELF, PE, pickle or gzip.
  kPickle,      // Protocol 2 to 5.
  kTextPickle,  // Text: protocol 0, one of the modules that attacks import.
};

struct Signature {
  std::string_view bytes;  // At least 3, unless is_third_any.
  PayloadKind kind;
  bool is_text = false;       // Does not count where words stand by nature (token lists).
  bool is_third_any = false;  // Only the first two bytes count.
};

std::span<const Signature> AllSignatures();
std::string_view Describe(PayloadKind kind);  // "a zip archive".

// Calls `found` for every place in [begin, end) of `bytes` where a signature stands whole within
// `bytes`, in rising order of place. `found` returns false to stop.
//
// Speed: a vector search for the first three bytes of all signatures at once where the processor
// has AVX2 (several GB/s), else a table of byte pairs; the same results either way. Thread-safety:
// pure.
using SignatureCallback = std::function<bool(std::size_t place, const Signature& signature)>;
void FindSignatures(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t end,
                    const SignatureCallback& found);

// The path without AVX2, for tests.
void FindSignaturesScalar(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t end,
                          const SignatureCallback& found);

}  // namespace secai::quarantine

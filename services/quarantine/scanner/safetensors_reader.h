#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/encoding.h"
#include "quarantine/scanner/finding.h"
#include "quarantine/scanner/metadata_sink.h"

namespace secai::quarantine {

inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;
inline constexpr std::size_t kMaxSafetensors = 250'000;
inline constexpr std::size_t kMaxSafetensorNameBytes = 1024;
inline constexpr std::size_t kMaxSafetensorRank = 32;
inline constexpr std::size_t kMaxMetadataValueBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxMetadataBytes = std::size_t{16} << 20;
inline constexpr std::uint64_t kMaxPlainInteger = (std::uint64_t{1} << 53) - 1;

// A number format of safetensors.
struct SafetensorsType {
  std::string_view name;
  std::uint32_t bits = 8;  // Of one element.
  Encoding encoding = Encoding::kOpaque;
  double max_entropy = kMaxEntropy;
};
// Null for a name that is not one of the format's.
const SafetensorsType* FindSafetensorsType(std::string_view name);

struct Safetensor {
  std::string name;
  const SafetensorsType* type = nullptr;
  std::uint64_t elements = 0;
  std::uint64_t begin = 0;  // In the data section.
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::uint64_t data_offset = 0;    // Of the data section in the file.
  std::vector<Safetensor> tensors;  // In the order of their data.
  std::string shapes;               // One line a tensor, for the fingerprint: "name dtype d1,d2\n".
};

// Reads a safetensors header from the start of `stream` to the first byte of the data section and
// checks it: rules S-H*, S-J*, S-M1, S-T*, S-O*.
//
// A strict JSON reader of exactly this shape, in one pass without recursion; keys are compared
// after unescaping. Returns false after the first finding. `sink` (may be null) gets the metadata
// values. Memory: names and shapes, at most kMaxKeptBytes of gguf_reader.h each. Source: the
// safetensors format document; RFC 8259. Thread-safety: one thread. Trust: hostile.
bool ReadSafetensorsHeader(ByteStream* stream, MetadataSink* sink, SafetensorsHeader* header,
                           Findings* findings);

}  // namespace secai::quarantine

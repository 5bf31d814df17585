#pragma once

#include <cstddef>
#include <cstdint>

#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/finding.h"
#include "quarantine/scanner/gguf_header.h"
#include "quarantine/scanner/metadata_sink.h"

namespace secai::quarantine {

inline constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{256} << 20;
inline constexpr std::uint64_t kMaxGgufEntries = 65'536;  // Tensors; keys.
inline constexpr std::uint64_t kMaxGgufKeyBytes = 65'535;
inline constexpr std::uint64_t kMaxArrayElements = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kMaxArrayStrings = std::uint64_t{4} << 20;
inline constexpr std::uint64_t kMaxStringBytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kMaxTemplateBytes = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kMaxTokenBytes = std::uint64_t{64} << 10;
// All names and kept values together.
inline constexpr std::uint64_t kMaxKeptBytes = std::uint64_t{16} << 20;

// Reads a GGUF header from the start of `stream` to the first byte of the data section, by rules
// G-H*, G-K*, G-A*, G-T0, G-T1, G-T2, G-T3 and the first part of G-T14 (padding before the data).
//
// Returns false after the first finding, or when the file could not be read (F-1). Every length is
// compared with what is left before it is used, nothing is allocated by a count that is not proven
// by bytes, no recursion. `sink` may be null.
// Memory: kMaxKeptBytes, one value of kMaxStringBytes, 12 MiB of vocabulary facts, 16 MiB of
// tensors. Thread-safety: one thread. Trust: hostile.
bool ReadGgufHeader(ByteStream* stream, MetadataSink* sink, GgufHeader* header, Findings* findings);

}  // namespace secai::quarantine

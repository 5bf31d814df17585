#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace secai::quarantine {

// What a trial inflate found.
struct InflateReport {
  enum class End : std::uint8_t {
    kComplete,  // The last block ended.
    kFull,      // `max_out` bytes came out.
    kShort,     // The input ended first.
    kBad,       // Not a DEFLATE stream.
  };
  End end = End::kBad;
  std::vector<std::uint8_t> out;  // At most `max_out` bytes.
  std::size_t used = 0;           // Input bytes read, the last one included.
};

// Inflates the beginning of a raw DEFLATE stream, to look at what is inside. A distance before the
// first byte of output is an error, so random bytes hardly ever give much output.
//
// Memory: max_out. Cost: linear in the input read and the output.
// Source: RFC 1951. Thread-safety: a pure function. Trust: hostile.
InflateReport InflateHead(std::span<const std::uint8_t> in, std::size_t max_out);

// Where the DEFLATE stream begins after a gzip header at the start of `bytes`, or 0 when that is no
// gzip header (RFC 1952: method 8, no reserved flag, header complete within `bytes`).
std::size_t GzipHeaderBytes(std::span<const std::uint8_t> bytes);

}  // namespace secai::quarantine

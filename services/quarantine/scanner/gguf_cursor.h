#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

// Reads little-endian numbers and strings of a header, testing each length before it is used. Every
// failure becomes one finding, and false is returned from then on. One thread only.
class GgufCursor {
 public:
  GgufCursor(ByteStream* stream, Findings* findings) : stream_(stream), findings_(findings) {}

  std::uint64_t position() const { return stream_->position(); }
  std::uint64_t remaining() const { return stream_->remaining(); }

  // A number of `into.size()` <= 8 bytes; short reads are `rule`.
  bool Number(std::size_t bytes, std::string_view rule, std::uint64_t* value);
  bool U32(std::string_view rule, std::uint32_t* value);

  // A length (u64) and as many bytes, at most `max`, into `text`, which is used again and again.
  bool String(std::string_view rule, std::uint64_t max, std::vector<std::uint8_t>* text);

  // Exactly `count` bytes; the caller has compared `count` with its own limit.
  bool Bytes(std::string_view rule, std::uint64_t count, std::vector<std::uint8_t>* bytes);

  // Adds a finding at `offset` and returns false.
  bool Refuse(std::string_view rule, std::uint64_t offset, std::string_view reason,
              std::string_view tensor = {});

 private:
  bool Fill(std::string_view rule, std::span<std::uint8_t> into);

  ByteStream* stream_;
  Findings* findings_;
};

}  // namespace secai::quarantine

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::cli {

// What the command line needs of an HTTP/1.1 response head.
struct ResponseHead {
  int status = 0;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool is_event_stream = false;  // text/event-stream
};

inline constexpr std::size_t kMaxResponseHeadBytes = std::size_t{32} << 10;

// Parses the bytes from the status line to the empty line, both included.
// Errors: kCorrupt for anything that is no HTTP/1.1 head.
// Trust: the gateway is ours, but its bytes are judged like a stranger's.
Result<ResponseHead> ParseResponseHead(std::string_view bytes);

// Takes the body out of the bytes that follow a head: by length, by chunks, or up to the end of the
// connection. Thread-safety: one thread only.
class BodyDecoder {
 public:
  explicit BodyDecoder(const ResponseHead& head);

  // Appends what of `bytes` belongs to the body to `body`. Errors: kCorrupt for a broken chunk.
  Result<> Push(std::string_view bytes, std::string* body);
  // The end of the connection. Errors: kUnavailable when bytes are missing.
  Result<> Finish() const;
  // No further byte is needed.
  bool is_complete() const { return is_complete_; }

 private:
  Result<> PushChunked(std::string_view bytes, std::string* body);
  Result<> EndLine();

  enum class Part : std::uint8_t { kSize, kData, kDataEnd, kTrailer };

  bool is_chunked_ = false;
  bool is_complete_ = false;
  std::optional<std::uint64_t> left_;  // Of the body, or of the present chunk.
  Part part_ = Part::kSize;
  std::string line_;
};

}  // namespace secai::cli

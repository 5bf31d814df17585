#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "storage/fs.h"

namespace secai::storage {

// Reads the lines of a file from the last to the first, in pieces of 64 KiB, so that the newest
// lines of a large file cost no more than those of a small one. Thread-safety: one thread only.
// Ownership: borrows the file, which may grow behind `end`.
class BackwardLines {
 public:
  struct Line {
    std::uint64_t offset = 0;  // Where it begins.
    std::string text;          // Without the newline; empty when it is too long.
    bool is_too_long = false;  // Over `max_line_bytes`.
  };

  // `end` is 0 or just behind a newline.
  BackwardLines(File* file, std::uint64_t end, std::size_t max_line_bytes)
      : file_(file), position_(end), buffer_start_(end), max_line_bytes_(max_line_bytes) {}

  // The line before the one given last, or nullopt before the first one. Memory: one piece and one
  // line.
  Result<std::optional<Line>> Previous();

 private:
  Result<> ReadMore();

  File* file_;
  std::uint64_t position_;  // Behind the newline of the next line to give.
  std::string buffer_;      // The bytes from buffer_start_ up to position_.
  std::uint64_t buffer_start_;
  std::size_t max_line_bytes_;
};

// The offset just behind the last newline before `end`, or 0.
Result<std::uint64_t> EndOfLastWholeLine(File* file, std::uint64_t end);

}  // namespace secai::storage

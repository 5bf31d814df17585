#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/message.h"

namespace secai::net {

// Puts the bytes of a stream together into envelopes, and gives each its descriptors. No I/O: the
// caller fills `space()`, says how much with Filled(), and asks Next() until it has no more.
//
// Limits: `max_frame_bytes` is checked before a body is stored; memory is at most one frame and one
// buffer. Thread-safety: one thread only.
// Trust: every byte comes from another process. After an error the stream is out of step: hang up.
class FrameReader {
 public:
  explicit FrameReader(std::size_t max_frame_bytes);

  // Where the next bytes of the stream go; never empty. Valid until Filled().
  std::span<char> space();
  void Filled(std::size_t bytes);
  // Descriptors as they come.
  std::deque<UniqueFd>* fds() { return &fds_; }

  // The next whole envelope with its descriptors, or nullopt when more bytes are needed. The first
  // envelope must be a hello of our version; it is checked and not returned.
  // Errors: kInvalidArgument for anything that breaks docs/formats/link.md.
  Result<std::optional<Envelope>> Next();
  // Size of the frame that Next() returned last.
  std::size_t last_frame_bytes() const { return last_frame_bytes_; }

 private:
  Result<std::optional<std::string_view>> NextFrame();

  std::size_t max_frame_bytes_;
  std::string buffer_;  // buffer_[begin_, end_) is not yet read.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t last_frame_bytes_ = 0;
  bool was_greeted_ = false;
  std::deque<UniqueFd> fds_;
};

// A frame: the length, big endian, and `text`.
std::string MakeFrame(const std::string& text);

}  // namespace secai::net

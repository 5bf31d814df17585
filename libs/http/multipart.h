#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::http {

// Takes the one file out of a multipart/form-data body, as it comes.
//
// Accepts exactly one part, which must have a file name, as `curl -F file=@x` and a browser's form
// send it; a second part or a part without a file name is refused. Bytes before the first and after
// the last boundary are allowed only as RFC 2046 has them: nothing but a line end.
// Limits: boundary 1 to 70 bytes; part headers 8 KiB; file name 1 to 255 bytes, without controls.
// Holds back at most the length of a delimiter, never the file. Errors: kInvalidArgument; after one
// the reader is of no more use. Source: RFC 7578, RFC 2046 section 5.1.1. Thread-safety: one thread
// only. Trust: everything comes from the client.
class MultipartReader {
 public:
  // `content_type` is the value of the Content-Type field.
  static Result<MultipartReader> Create(std::string_view content_type);

  // Takes the next piece of the body and appends what belongs to the file to `file`.
  Result<> Push(std::string_view bytes, std::string* file);

  // True when the closing boundary has been seen; a body that ends before it is not whole.
  bool is_finished() const { return state_ == State::kAfter; }

  // The name that the client gave the file, without folders; empty until the headers of the part
  // have come.
  const std::string& file_name() const { return file_name_; }

 private:
  enum class State : std::uint8_t { kBefore, kHeaders, kFile, kDelimiter, kAfter };

  explicit MultipartReader(std::string boundary)
      : delimiter_("\r\n--" + std::move(boundary)), held_("\r\n") {}

  Result<bool> Step(std::string* file);  // False when more bytes are needed.
  Result<> ParsePartHeaders(std::string_view headers);

  std::string delimiter_;
  std::string held_;  // Not yet judged. Begins as if a line had ended: so the first boundary fits.
  std::string file_name_;
  State state_ = State::kBefore;
};

}  // namespace secai::http

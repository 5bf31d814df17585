#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace secai::http {

// Takes the body of one request out of the bytes that follow its head (Content-Length or chunked),
// by Boost.Beast's parser, without any I/O.
//
// Beast reads the head a second time, so a request counts only when two parsers accept it. Trailers
// and chunk extensions are skipped. Thread-safety: one thread only. Trust: all bytes come from the
// client.
class BodyParser {
 public:
  // `head` is what ParseHead() accepted. Errors: kInvalidArgument when Beast does not.
  static Result<std::unique_ptr<BodyParser>> Create(std::string_view head);
  ~BodyParser();

  // Moves body bytes from the front of `input` to `data` (room for `size` > 0 bytes) and returns
  // how many. 0 means: at the end (is_done()), or more input is needed.
  // Errors: kInvalidArgument for broken framing.
  Result<std::size_t> Parse(std::string_view* input, char* data, std::size_t size);

  bool is_done() const;

 private:
  class Impl;
  explicit BodyParser(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace secai::http

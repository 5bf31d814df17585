#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "http/message.h"

namespace secai::http {

// The body of an answer while it is being made. Lives until the producer has finished.
// Thread-safety: one thread; one Write() at a time.
class StreamWriter {
 public:
  StreamWriter() = default;
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;
  virtual ~StreamWriter() = default;

  // Returns when `bytes` are in the socket: a slow reader slows the producer down.
  // Errors: kUnavailable when the client has gone or has taken nothing for the write budget.
  virtual boost::asio::awaitable<Result<>> Write(std::string bytes) = 0;
};

// Makes a body part by part. It is cancelled (asio terminal cancellation) the moment the client
// hangs up, so that nothing goes on for nobody: release what you hold in destructors. An error ends
// the connection without the last chunk, so that the client sees that the body is not whole.
using StreamProducer = std::function<boost::asio::awaitable<Result<>>(StreamWriter*)>;

// One answer. Plain value. The server adds Content-Length or chunked coding, Connection,
// `X-Content-Type-Options: nosniff`, and `Cache-Control: no-store` unless the answer names its own.
struct Response {
  int status = 200;
  std::vector<Header> headers;                      // A field with CR, LF or NUL in it is left out.
  std::string body;                                 // Used when neither of the next two is set.
  std::shared_ptr<const std::string> shared_body;   // Bytes that many answers share.
  StreamProducer stream;                            // A body of unknown length.
  std::string heartbeat;                            // Sent when a stream was silent for that long;
  std::chrono::milliseconds heartbeat_interval{0};  // 0 is never.
  bool closes = false;                              // Hang up afterwards.
};

// "Not Found"; "Unknown" for a status without a name here.
std::string_view StatusText(int status);

Response MakeResponse(int status, std::string content_type, std::string body);

}  // namespace secai::http

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "secai/http_response.h"

namespace secai::cli {

// A whole answer.
struct Answer {
  int status = 0;
  std::string body;

  bool is_success() const { return status >= 200 && status < 300; }
};

// Speaks HTTP/1.1 to the gateway over run/secure-ai/gateway.sock: one connection a request,
// blocking. The folder of that socket is its owner's alone, so whoever connects is the owner.
//
// A wait ends early when `is_interrupted` says so after a signal: then kUnavailable "interrupted".
// Thread-safety: one thread only.
class GatewayClient {
 public:
  // Does not connect yet.
  explicit GatewayClient(std::string root) : root_(std::move(root)) {}

  // Asks; `body` is JSON text or empty. Errors: kUnavailable when nothing runs in this root, or the
  // connection broke; kCorrupt for an answer that is no HTTP. A status of 400 or more is an Answer.
  Result<Answer> Ask(std::string_view method, std::string_view target, std::string_view body = {});
  // As Ask(), but an answer that is no success is the error it names (kInvalidArgument 400 and 413,
  // kDenied 401 and 403, kNotFound 404, kUnavailable 5xx, else kInternal), and the body must be
  // JSON.
  Result<boost::json::value> AskJson(std::string_view method, std::string_view target,
                                     std::string_view body = {});

  // Sends the file's `bytes` bytes from its present position as the body of a POST. `on_progress`
  // hears how many are sent.
  Result<Answer> Upload(std::string_view target, int file, std::uint64_t bytes,
                        const std::function<void(std::uint64_t)>& on_progress);

  // Asks, and hands over the body in pieces as it comes; `on_piece` returns false to leave. An
  // answer that is no success is an error, as in AskJson().
  Result<> Stream(std::string_view method, std::string_view target, std::string_view body,
                  const std::function<bool(std::string_view)>& on_piece);

  // Polled when a signal interrupts a wait.
  std::function<bool()> is_interrupted = [] { return false; };

 private:
  Result<UniqueFd> Connect();
  Result<> WriteAll(int socket, std::string_view bytes);
  // Reads some bytes; empty at the end of the connection.
  Result<std::string> ReadSome(int socket);
  Result<ResponseHead> ReadHead(int socket, std::string* rest);
  Result<Answer> ReadAnswer(int socket);
  Result<> ReadBody(int socket, const ResponseHead& head, std::string rest,
                    const std::function<bool(std::string_view)>& on_piece);

  std::string root_;
};

// The error that an answer of status 400 or more means; its text is the answer's own sentence.
Error ErrorOfAnswer(const Answer& answer);

// `text` with every byte but unreserved ones as %XX (RFC 3986, section 2.3).
std::string PercentEncode(std::string_view text);

}  // namespace secai::cli

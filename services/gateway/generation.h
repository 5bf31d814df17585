#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "gateway/api_error.h"
#include "gateway/metrics.h"
#include "http/message.h"
#include "net/caller.h"

namespace secai::gateway {

// One part of an answer that is being generated.
struct GenerationItem {
  std::string text;
  std::string reasoning;
  boost::json::array tool_calls;  // [{index, id?, name?, arguments}]
};

// Whose request it is, for inference: prefix reuse never crosses it, so that what one user asked
// cannot be measured by another.
std::string IdentityOf(const http::Request& request);

// How an answer ended.
struct GenerationEnd {
  std::string finish_reason = "stop";  // stop, length or tool_calls.
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
  boost::json::object timings;  // {queue_ms, prompt_ms, decode_ms, tokens_per_second}
};

// An answer of inference, part by part. Destroying it stops the generation at once.
// Thread-safety: one thread only. Ownership: `inference` and `metrics` outlive it.
class Generation {
 public:
  // Asks for it and returns when the model has begun (the queue and loading are behind), so that
  // what is refused until then can still be a status. Errors: FromGenerateError().
  static boost::asio::awaitable<ApiResult<std::shared_ptr<Generation>>> Start(
      net::Caller* inference, Metrics* metrics, std::string sha256, boost::json::object request);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // The next part, or nothing at the end: then end() is known.
  boost::asio::awaitable<ApiResult<std::optional<GenerationItem>>> Next();

  const GenerationEnd& end() const { return end_; }

 private:
  Generation(std::unique_ptr<net::ReplyStream> stream, Metrics* metrics);

  std::unique_ptr<net::ReplyStream> stream_;
  Metrics* metrics_;
  std::optional<GenerationItem> first_;  // When the model answered without saying "started".
  bool is_over_ = false;
  GenerationEnd end_;
};

}  // namespace secai::gateway

#include "gateway/generation.h"

#include <chrono>
#include <utility>

#include <boost/json/value.hpp>

#include "base/json_fields.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// Loading a large model from a slow disk and 64 requests in front: minutes, not seconds.
constexpr std::chrono::minutes kStartBudget{15};
// A long prompt is processed in silence.
constexpr std::chrono::minutes kItemBudget{10};

ApiError BrokenAnswer() { return {.status = 500, .message = "inference answered in a wrong form"}; }

ApiResult<GenerationItem> ItemOf(const json::object& body) {
  GenerationItem item;
  const auto text = GetOptionalString(body, "text");
  const auto reasoning = GetOptionalString(body, "reasoning");
  const auto calls = GetOptionalArray(body, "tool_calls");
  if (!text.has_value() || !reasoning.has_value() || !calls.has_value()) {
    return Refuse(BrokenAnswer());
  }
  item.text = text->value_or("");
  item.reasoning = reasoning->value_or("");
  if (*calls != nullptr) item.tool_calls = **calls;
  return item;
}

ApiResult<GenerationEnd> EndOf(const json::object& body) {
  GenerationEnd end;
  const auto reason = GetString(body, "finish_reason", 32);
  const auto usage = GetObject(body, "usage");
  if (!reason.has_value() || !usage.has_value()) return Refuse(BrokenAnswer());
  end.finish_reason = *reason;
  const auto prompt = GetUint(**usage, "prompt_tokens");
  const auto completion = GetUint(**usage, "completion_tokens");
  const auto cached = GetOptionalUint(**usage, "cached_tokens");
  const auto timings = GetOptionalObject(body, "timings");
  if (!prompt.has_value() || !completion.has_value() || !cached.has_value() ||
      !timings.has_value()) {
    return Refuse(BrokenAnswer());
  }
  end.prompt_tokens = *prompt;
  end.completion_tokens = *completion;
  end.cached_tokens = cached->value_or(0);
  if (*timings != nullptr) end.timings = **timings;
  return end;
}

}  // namespace

std::string IdentityOf(const http::Request& request) {
  return request.peer.uid.has_value() ? "uid:" + std::to_string(*request.peer.uid) : "unknown";
}

Generation::Generation(std::unique_ptr<net::ReplyStream> stream, Metrics* metrics)
    : stream_(std::move(stream)), metrics_(metrics) {
  metrics_->CountGenerations(1);
}

Generation::~Generation() { metrics_->CountGenerations(-1); }

asio::awaitable<ApiResult<std::shared_ptr<Generation>>> Generation::Start(net::Caller* inference,
                                                                          Metrics* metrics,
                                                                          std::string sha256,
                                                                          json::object request) {
  net::Message message;
  message.body["sha256"] = std::move(sha256);
  message.body["request"] = std::move(request);
  auto stream = co_await inference->Open("inference.generate", std::move(message));
  if (!stream.has_value()) co_return Refuse(FromGenerateError(stream.error()));
  const std::shared_ptr<Generation> made(new Generation(std::move(*stream), metrics));
  const auto first = co_await made->stream_->Next(kStartBudget);
  if (!first.has_value()) co_return Refuse(FromGenerateError(first.error()));
  if (!first->has_value()) {
    SECAI_CO_API_ASSIGN(made->end_, EndOf(made->stream_->reply().body));
    made->is_over_ = true;
  } else if (!(*first)->body.contains("started")) {
    SECAI_CO_API_ASSIGN(made->first_, ItemOf((*first)->body));
  }
  co_return made;
}

asio::awaitable<ApiResult<std::optional<GenerationItem>>> Generation::Next() {
  if (first_.has_value()) co_return std::exchange(first_, std::nullopt);
  if (is_over_) co_return std::optional<GenerationItem>();
  const auto next = co_await stream_->Next(kItemBudget);
  if (!next.has_value()) co_return Refuse(FromGenerateError(next.error()));
  if (next->has_value()) {
    SECAI_CO_API_ASSIGN(GenerationItem item, ItemOf((*next)->body));
    co_return item;
  }
  is_over_ = true;
  SECAI_CO_API_ASSIGN(end_, EndOf(stream_->reply().body));
  metrics_->CountTokens(end_.prompt_tokens, end_.completion_tokens);
  co_return std::optional<GenerationItem>();
}

}  // namespace secai::gateway

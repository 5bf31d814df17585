#include "quarantine/smoke/probe_subject.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxToolCalls = 16;

// Adds one item of the stream to `answer`. Errors: kInvalidArgument for what is no such item.
Result<> TakeItem(const json::object& item, SmokeAnswer* answer) {
  TRY_ASSIGN(const auto reasoning, GetOptionalString(item, "reasoning"));
  TRY_ASSIGN(const auto text, GetOptionalString(item, "text"));
  answer->text += reasoning.value_or("") + text.value_or("");
  TRY_ASSIGN(const json::array* calls, GetOptionalArray(item, "tool_calls"));
  if (calls == nullptr) return Ok();
  for (const json::value& value : *calls) {
    TRY_ASSIGN(const json::object* call, AsObject(value, "tool call"));
    TRY_ASSIGN(const std::uint64_t index, GetUint(*call, "index", kMaxToolCalls - 1));
    if (answer->tool_calls.size() <= index) answer->tool_calls.resize(index + 1);
    inference::ToolCall& known = answer->tool_calls[index];
    TRY_ASSIGN(const auto name, GetOptionalString(*call, "name"));
    TRY_ASSIGN(const auto arguments, GetOptionalString(*call, "arguments"));
    if (name) known.name = *name;
    known.arguments += arguments.value_or("");
  }
  return Ok();
}

Result<> TakeReply(const json::object& reply, SmokeAnswer* answer) {
  TRY_ASSIGN(const std::string reason, GetString(reply, "finish_reason"));
  answer->end = reason == "length" ? SmokeAnswer::End::kLength : SmokeAnswer::End::kStop;
  TRY_ASSIGN(const json::object* usage, GetObject(reply, "usage"));
  TRY_ASSIGN(answer->prompt_tokens, GetUint(*usage, "prompt_tokens"));
  TRY_ASSIGN(answer->completion_tokens, GetUint(*usage, "completion_tokens"));
  TRY_ASSIGN(const json::object* timings, GetObject(reply, "timings"));
  TRY_ASSIGN(const double decode_ms, GetDouble(*timings, "decode_ms", 0, 1e9));
  answer->decode = milliseconds(static_cast<std::int64_t>(decode_ms));
  return Ok();
}

void Crash(std::string failure, SmokeAnswer* answer) {
  answer->end = SmokeAnswer::End::kCrash;
  answer->failure = std::move(failure);
}

}  // namespace

asio::awaitable<SmokeAnswer> ProbeSubject::Ask(inference::GenerateRequest request,
                                               milliseconds budget) {
  const auto deadline = steady_clock::now() + budget;
  SmokeAnswer answer;
  net::Message call;
  call.body = inference::SerializeGenerateRequest(request);
  auto opened = co_await worker_->Open("worker.generate", std::move(call));
  if (!opened.has_value()) {
    Crash(opened.error().message, &answer);
    co_return answer;
  }
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds(0) || answer.text.size() > kMaxTextBytes) {
      answer.end = SmokeAnswer::End::kHang;
      answer.failure = "the answer did not end in time";
      co_return answer;  // Dropping the stream cancels the generation.
    }
    const auto asked_at = steady_clock::now();
    const milliseconds wait = std::min(left, silence_);
    auto item = co_await (*opened)->Next(wait);
    if (!item.has_value()) {
      if (steady_clock::now() - asked_at >= wait) {
        answer.end = SmokeAnswer::End::kHang;
        answer.failure = "nothing came for " + std::to_string(wait.count() / 1000) + " s";
      } else {
        Crash(item.error().message, &answer);
      }
      co_return answer;
    }
    if (!item->has_value()) break;
    if (const auto taken = TakeItem((*item)->body, &answer); !taken.has_value()) {
      Crash("the worker sent what is no answer", &answer);
      co_return answer;
    }
  }
  if (!TakeReply((*opened)->reply().body, &answer).has_value()) {
    Crash("the worker sent what is no answer", &answer);
  }
  co_return answer;
}

}  // namespace secai::quarantine

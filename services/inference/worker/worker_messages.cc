#include "inference/worker/worker_messages.h"

#include <chrono>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"

namespace secai::inference {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMaxContextTokens = 1 << 24;
constexpr std::int64_t kMaxSequences = 64;
constexpr std::int64_t kMaxThreads = 1024;
constexpr std::size_t kMaxNameLength = 256;

double Milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

Result<LoadRequest> ParseLoadRequest(const json::object& body) {
  TRY(RefuseUnknownMembers(body, {"context_tokens", "sequences", "threads", "name"}));
  LoadRequest request;
  TRY_ASSIGN(const auto context, GetInt(body, "context_tokens", 0, kMaxContextTokens));
  TRY_ASSIGN(const auto sequences, GetInt(body, "sequences", 1, kMaxSequences));
  TRY_ASSIGN(const auto threads, GetInt(body, "threads", 0, kMaxThreads));
  request.context_tokens = static_cast<std::uint32_t>(context);
  request.sequences = static_cast<std::uint32_t>(sequences);
  request.threads = static_cast<std::uint32_t>(threads);
  TRY_ASSIGN(request.name, GetString(body, "name", kMaxNameLength));
  return request;
}

json::object StartedItem(const GenerationSummary& summary) {
  return {{"started", true},
          {"prompt_tokens", summary.prompt_tokens},
          {"cached_tokens", summary.cached_tokens},
          {"queue_ms", Milliseconds(summary.queue_time)}};
}

json::object PieceItem(const AnswerPiece& piece) {
  json::object item;
  if (!piece.text.empty()) item["text"] = piece.text;
  if (!piece.reasoning.empty()) item["reasoning"] = piece.reasoning;
  if (!piece.calls.empty()) {
    json::array calls;
    for (const AnswerPiece::CallPiece& call : piece.calls) {
      json::object object{{"index", call.index}};
      if (!call.id.empty()) object["id"] = call.id;
      if (!call.name.empty()) object["name"] = call.name;
      object["arguments"] = call.arguments;
      calls.push_back(std::move(object));
    }
    item["tool_calls"] = std::move(calls);
  }
  return item;
}

json::object FinishedReply(const GenerationSummary& summary) {
  json::object reply{{"finish_reason", FinishReasonName(summary.reason)}};
  if (summary.stop_sequence) reply["stop_sequence"] = *summary.stop_sequence;
  reply["usage"] = json::object{{"prompt_tokens", summary.prompt_tokens},
                                {"completion_tokens", summary.completion_tokens},
                                {"cached_tokens", summary.cached_tokens}};
  // The first token belongs to the prompt's time.
  const double seconds = std::chrono::duration<double>(summary.decode_time).count();
  const auto decoded = static_cast<double>(summary.completion_tokens) - 1;
  reply["timings"] = json::object{{"queue_ms", Milliseconds(summary.queue_time)},
                                  {"prompt_ms", Milliseconds(summary.prompt_time)},
                                  {"decode_ms", Milliseconds(summary.decode_time)},
                                  {"tokens_per_second", seconds > 0 ? decoded / seconds : 0.0}};
  reply["seed"] = summary.seed;
  return reply;
}

json::object LoadedReply(const ModelInfo& info, const BatchLoop::State& state,
                         std::uint64_t peak_bytes) {
  return {{"architecture", info.architecture},
          {"description", info.description},
          {"context_tokens", info.context_tokens},
          {"train_context_tokens", info.train_context_tokens},
          {"vocabulary_tokens", info.vocabulary_tokens},
          {"parameters", info.parameters},
          {"has_template", info.has_template},
          {"supports_tools", info.supports_tools},
          {"weights_bytes", info.weights_bytes},
          {"state_bytes", info.state_bytes},
          {"peak_bytes", peak_bytes},
          {"sequences", state.sequences},
          {"threads", state.threads},
          {"engine", info.engine}};
}

json::object EstimateReply(const MemoryNeed& need, std::uint64_t file_bytes) {
  return {{"file_bytes", file_bytes},
          {"weights_bytes", need.weights_bytes},
          {"context_bytes", need.context_bytes},
          {"compute_bytes", need.compute_bytes},
          {"context_tokens", need.context_tokens}};
}

json::object StateReply(const BatchLoop::State& state) {
  return {{"busy", state.busy},
          {"queued", state.queued},
          {"sequences", state.sequences},
          {"tokens_per_second", state.tokens_per_second},
          {"threads", state.threads}};
}

json::object TokensReply(const std::vector<Token>& tokens) {
  json::array ids(tokens.begin(), tokens.end());
  return {{"tokens", std::move(ids)}, {"count", tokens.size()}};
}

}  // namespace secai::inference

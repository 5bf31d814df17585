#include "inference/worker/generation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "base/random.h"

namespace secai::inference {
namespace {

constexpr std::size_t kCallIdBytes = 15;  // 24 characters, 120 bits.
constexpr std::size_t kSampleBytes = 4096;
constexpr std::size_t kMaxTokenizedBytes = std::size_t{512} << 10;

// A prompt without the chat template; in it nothing is special.
Result<ChatPrompt> RawPrompt(const EngineModel& model, const GenerateRequest& request) {
  ChatPrompt prompt;
  prompt.parts = model.vocabulary().special_texts().SplitPlain(*request.prompt);
  if (request.json_schema) {
    TRY_ASSIGN(prompt.grammar, ChatTemplate::GrammarOf(*request.json_schema));
  } else if (request.json_object) {
    TRY_ASSIGN(prompt.grammar, ChatTemplate::GrammarOf(boost::json::object{{"type", "object"}}));
  }
  return prompt;
}

Result<ChatPrompt> MakePrompt(const EngineModel& model, const GenerateRequest& request) {
  if (request.prompt && request.raw) return RawPrompt(model, request);
  if (!request.prompt) return model.chat_template().Apply(request);
  GenerateRequest as_chat = request;
  as_chat.prompt.reset();
  ChatMessage message;
  message.content = *request.prompt;
  as_chat.messages.push_back(std::move(message));
  return model.chat_template().Apply(as_chat);
}

tl::unexpected<Error> OverContext(std::size_t tokens, std::size_t context, std::string_view note) {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("prompt of {} tokens is over the context of {}{}", tokens, context, note));
}

// Tokenising takes seconds a megabyte. A text of more bytes than the longest tokens could hold in
// the context is not tokenised: its length is estimated from its beginning. Errors:
// kInvalidArgument then.
Result<> RefuseHopelessLength(const Vocabulary& vocabulary, std::vector<PromptPart>* parts,
                              std::size_t context) {
  std::size_t bytes = 0;
  for (const PromptPart& part : *parts) bytes += part.text.size() + (part.token >= 0 ? 1 : 0);
  const std::size_t limit = context * vocabulary.longest_token_bytes();
  if (bytes <= limit) return Ok();
  std::size_t sample_bytes = 0;
  std::vector<PromptPart> sample;
  for (PromptPart& part : *parts) {
    part.text.resize(std::min(part.text.size(), kSampleBytes - sample_bytes));
    sample_bytes += part.text.size() + (part.token >= 0 ? 1 : 0);
    sample.push_back(std::move(part));
    if (sample_bytes >= kSampleBytes) break;
  }
  const std::size_t tokens = vocabulary.Tokenize(sample).size() * (bytes / sample_bytes + 1);
  return OverContext(std::max(tokens, context), context, " (estimated from its beginning)");
}

std::uint32_t RandomSeed(Random* random) {
  std::array<std::uint8_t, sizeof(std::uint32_t)> bytes{};
  random->Fill(bytes);
  std::uint32_t seed = 0;
  std::memcpy(&seed, bytes.data(), bytes.size());
  return seed;
}

}  // namespace

std::string_view FinishReasonName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      break;
    case FinishReason::kLength:
      return "length";
    case FinishReason::kToolCalls:
      return "tool_calls";
  }
  return "stop";
}

Result<std::vector<Token>> TokenizeRequest(const EngineModel& model,
                                           const GenerateRequest& request) {
  TRY_ASSIGN(const ChatPrompt prompt, MakePrompt(model, request));
  std::size_t bytes = 0;
  for (const PromptPart& part : prompt.parts) bytes += part.text.size();
  if (bytes > kMaxTokenizedBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the text is longer than {} bytes", kMaxTokenizedBytes));
  }
  return model.vocabulary().Tokenize(prompt.parts);
}

Result<std::unique_ptr<Generation>> PrepareGeneration(const EngineModel& model,
                                                      const GenerateRequest& request,
                                                      std::uint64_t id, Random* random) {
  if (!model.info().generates_text) {
    return Fail(ErrorCode::kInvalidArgument, "this model does not generate text");
  }
  TRY_ASSIGN(ChatPrompt prompt, MakePrompt(model, request));
  auto generation = std::make_unique<Generation>();
  generation->id = id;
  generation->identity = request.identity;
  const std::size_t context = model.info().context_tokens;
  TRY(RefuseHopelessLength(model.vocabulary(), &prompt.parts, context));
  generation->prompt = model.vocabulary().Tokenize(prompt.parts);
  const std::size_t length = generation->prompt.size();
  if (length == 0) return Fail(ErrorCode::kInvalidArgument, "the prompt is empty");
  if (length >= context) return OverContext(length, context, "");
  generation->max_tokens = std::min<std::size_t>(
      request.max_tokens.value_or(static_cast<std::uint32_t>(context)), context - length);
  generation->summary.seed = request.seed ? *request.seed : RandomSeed(random);
  generation->summary.prompt_tokens = length;
  TRY_ASSIGN(generation->sampler, Sampler::Create(model.model(), model.vocabulary(), request,
                                                  prompt.grammar, generation->summary.seed));
  generation->request_stops = request.stop;
  std::vector<std::string> stops = request.stop;
  stops.insert(stops.end(), prompt.stops.begin(), prompt.stops.end());
  generation->stream = std::make_unique<AnswerStream>(
      std::move(stops), std::move(prompt.reader),
      [random] { return "call_" + RandomToken(*random, kCallIdBytes); });
  return generation;
}

}  // namespace secai::inference

#include "inference/worker/sampler.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <set>
#include <span>
#include <utility>

#include <llama.h>

// The engine's headers of sampling change often and define short macros: only here.
#include <sampling.h>

#include "base/utf8.h"

namespace secai::inference {
namespace {

bool IsPlainGreedy(const GenerateRequest& request, const GrammarSpec& grammar) {
  return request.temperature == 0.0 && grammar.text.empty() && request.logit_bias.empty() &&
         request.presence_penalty.value_or(0) == 0 && request.frequency_penalty.value_or(0) == 0;
}

void SetNumbers(const GenerateRequest& request, std::uint32_t seed,
                common_params_sampling* params) {
  const auto set = [](const auto& from, auto* to) {
    if (from) *to = static_cast<std::remove_pointer_t<decltype(to)>>(*from);
  };
  params->seed = seed;
  params->no_perf = true;
  set(request.temperature, &params->temp);
  set(request.top_p, &params->top_p);
  set(request.top_k, &params->top_k);
  set(request.min_p, &params->min_p);
  set(request.presence_penalty, &params->penalty_present);
  set(request.frequency_penalty, &params->penalty_freq);
  for (const auto& [token, bias] : request.logit_bias) {
    params->logit_bias.push_back({token, static_cast<float>(bias)});
  }
  // Only what can matter: each sampler costs a pass over the candidates.
  params->samplers.clear();
  if (params->penalty_present != 0 || params->penalty_freq != 0) {
    params->samplers.push_back(COMMON_SAMPLER_TYPE_PENALTIES);
  }
  if (params->temp <= 0) {
    params->top_k = 1;
    params->samplers.push_back(COMMON_SAMPLER_TYPE_TOP_K);
    return;
  }
  for (const auto type : {COMMON_SAMPLER_TYPE_TOP_K, COMMON_SAMPLER_TYPE_TOP_P,
                          COMMON_SAMPLER_TYPE_MIN_P, COMMON_SAMPLER_TYPE_TEMPERATURE}) {
    params->samplers.push_back(type);
  }
}

void SetGrammar(const GrammarSpec& grammar, const Vocabulary& vocabulary, const llama_vocab* vocab,
                common_params_sampling* params) {
  if (grammar.text.empty()) return;
  // "Tool calls" is the kind that is fed the generation prompt; output formats are treated alike.
  params->grammar = {COMMON_GRAMMAR_TYPE_TOOL_CALLS, grammar.text};
  params->grammar_lazy = grammar.is_lazy;
  params->generation_prompt = grammar.generation_prompt;
  for (const GrammarSpec::Trigger& trigger : grammar.triggers) {
    common_grammar_trigger engine_trigger;
    engine_trigger.type = static_cast<common_grammar_trigger_type>(trigger.kind);
    engine_trigger.value = trigger.value;
    engine_trigger.token = trigger.token;
    if (engine_trigger.type == COMMON_GRAMMAR_TRIGGER_TYPE_WORD) {
      // A word that is one preserved token never shows as text before it is complete.
      const Token token = vocabulary.FindControl(trigger.value);
      if (token >= 0) {
        engine_trigger.type = COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN;
        engine_trigger.token = token;
      }
    }
    params->grammar_triggers.push_back(std::move(engine_trigger));
  }
  if (!grammar.thinking_start.empty() && !grammar.thinking_ends.empty()) {
    params->reasoning_budget_start = common_tokenize(vocab, grammar.thinking_start, false, true);
    for (const std::string& end : grammar.thinking_ends) {
      params->reasoning_budget_end.push_back(common_tokenize(vocab, end, false, true));
    }
  }
}

}  // namespace

struct Sampler::Impl {
  common_sampler_ptr chain;  // Null: plain greedy.
  std::set<Token> preserved;
  std::size_t vocabulary_size = 0;
};

Sampler::Sampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sampler::~Sampler() = default;

Result<std::unique_ptr<Sampler>> Sampler::Create(const llama_model* model,
                                                 const Vocabulary& vocabulary,
                                                 const GenerateRequest& request,
                                                 const GrammarSpec& grammar, std::uint32_t seed) {
  auto impl = std::make_unique<Impl>();
  impl->vocabulary_size = vocabulary.size();
  for (const std::string& text : grammar.preserved_texts) {
    if (const Token token = vocabulary.FindControl(text); token >= 0) impl->preserved.insert(token);
  }
  for (const auto& [token, bias] : request.logit_bias) {
    if (std::cmp_greater_equal(token, vocabulary.size())) {
      return Fail(ErrorCode::kInvalidArgument, "logit_bias: token " + std::to_string(token) +
                                                   " is outside the vocabulary of " +
                                                   std::to_string(vocabulary.size()));
    }
  }
  if (!IsPlainGreedy(request, grammar)) {
    try {
      common_params_sampling params;
      SetNumbers(request, seed, &params);
      SetGrammar(grammar, vocabulary, llama_model_get_vocab(model), &params);
      impl->chain.reset(common_sampler_init(model, params));
    } catch (const std::exception& e) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the engine refused the request's sampling or schema: " +
                      EscapeForDisplay(e.what(), 200));
    }
    if (impl->chain == nullptr) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the engine refused the request's sampling or schema");
    }
  }
  return std::unique_ptr<Sampler>(new Sampler(std::move(impl)));
}

Result<Token> Sampler::Next(llama_context* context, std::int32_t index) {
  if (impl_->chain == nullptr) {
    const float* const logits = llama_get_logits_ith(context, index);
    if (logits == nullptr)
      return Fail(ErrorCode::kInternal, "the engine has no logits for a token");
    const std::span<const float> row(logits, impl_->vocabulary_size);
    return static_cast<Token>(std::ranges::max_element(row) - row.begin());
  }
  try {
    const Token token = common_sampler_sample(impl_->chain.get(), context, index);
    common_sampler_accept(impl_->chain.get(), token, /*is_generated=*/true);
    return token;
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, "no token fits the grammar");
  }
}

bool Sampler::Preserves(Token token) const { return impl_->preserved.contains(token); }

}  // namespace secai::inference

#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "inference/api/generate.h"
#include "inference/worker/answer.h"
#include "inference/worker/vocabulary.h"

struct llama_context;
struct llama_model;

namespace secai::inference {

// Chooses one generation's tokens. Without grammar, penalties and biases, temperature 0 takes the
// likeliest token directly; everything else goes through the engine's sampler chain, with its
// defaults (temperature 0.8, top_k 40, top_p 0.95, min_p 0.05) where the request is silent.
// Thread-safety: one thread at a time; made on one thread, it may be used on another.
class Sampler {
 public:
  // Errors: kInvalidArgument for a biased token outside the vocabulary, and for a grammar that the
  // engine refuses.
  static Result<std::unique_ptr<Sampler>> Create(const llama_model* model,
                                                 const Vocabulary& vocabulary,
                                                 const GenerateRequest& request,
                                                 const GrammarSpec& grammar, std::uint32_t seed);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  ~Sampler();

  // The next token after row `index` of the last batch. Errors: kInternal when no token fits the
  // grammar.
  Result<Token> Next(llama_context* context, std::int32_t index);

  // Whether the text of the control token `token` belongs into the answer.
  bool Preserves(Token token) const;

 private:
  struct Impl;
  explicit Sampler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace secai::inference

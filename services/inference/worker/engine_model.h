#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "inference/worker/chat_template.h"
#include "inference/worker/vocabulary.h"
#include "inference/worker/weight_source.h"

struct llama_context;
struct llama_model;
struct ggml_threadpool;

namespace secai::inference {

struct LoadOptions {
  std::uint32_t context_tokens = 0;  // Of one sequence; 0: as the model was trained.
  std::uint32_t sequences = 4;       // Requests that are computed at once.
  ggml_threadpool* pool = nullptr;   // Borrowed; must outlive the model.
  int threads = 1;                   // Of the pool.
};

// Facts about a loaded model. Sizes in bytes.
struct ModelInfo {
  std::string architecture;
  std::string description;
  std::uint32_t context_tokens = 0;  // Of one sequence.
  std::uint32_t train_context_tokens = 0;
  std::uint32_t vocabulary_tokens = 0;
  std::uint64_t parameters = 0;
  bool has_template = false;
  bool supports_tools = false;
  bool generates_text = false;
  std::uint64_t weights_bytes = 0;  // As they lie in memory, repacked.
  std::uint64_t state_bytes = 0;    // Context and compute buffers.
  std::string engine;
};

// One model in memory, ready to compute. Weights are read once and repacked for this CPU; there is
// no second copy of them. Thread-safety: one thread only, but for vocabulary(), model() and
// chat_template(), as they say.
class EngineModel {
 public:
  // Called with 0 to 1 while loading.
  using Progress = std::function<void(float)>;

  // Errors: kInvalidArgument when the engine refuses the file; kUnavailable when memory does not
  // suffice. The engine may also end the process on hostile bytes: that is what the worker is for.
  // Trust: every byte of `source` comes from outside.
  static Result<std::unique_ptr<EngineModel>> Load(WeightSource* source, const LoadOptions& options,
                                                   const Progress& progress);
  EngineModel(const EngineModel&) = delete;
  EngineModel& operator=(const EngineModel&) = delete;
  ~EngineModel();

  const ModelInfo& info() const { return info_; }
  const Vocabulary& vocabulary() const { return *vocabulary_; }
  const ChatTemplate& chat_template() const { return *chat_template_; }
  llama_model* model() const { return model_.get(); }
  llama_context* context() const { return context_.get(); }

  // As Load, but only the sizes are made up, no weight is read: what MemoryNeed is told from.
  static Result<std::unique_ptr<EngineModel>> LoadSizesOnly(WeightSource* source,
                                                            const LoadOptions& options);

 private:
  struct ModelCloser {
    void operator()(llama_model* model) const;
  };
  struct ContextCloser {
    void operator()(llama_context* context) const;
  };
  EngineModel() = default;
  Result<> LoadWeights(WeightSource* source, const Progress& progress, bool sizes_only);
  Result<> MakeContext(const LoadOptions& options);
  void Describe();

  std::unique_ptr<llama_model, ModelCloser> model_;
  std::unique_ptr<llama_context, ContextCloser> context_;
  std::unique_ptr<Vocabulary> vocabulary_;
  std::unique_ptr<ChatTemplate> chat_template_;
  ModelInfo info_;
};

}  // namespace secai::inference

#include "inference/worker/engine_model.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

#include <llama.h>
#include <sched.h>

#include <llama-ext.h>

namespace secai::inference {
namespace {

constexpr std::size_t kReadBufferBytes = std::size_t{1} << 20;
constexpr std::uint32_t kBatchTokens = 512;

// Loaders that repack weights start as many threads as they see CPUs. They see one, so that
// starting threads need not be allowed; the pool's threads keep their own masks.
class OneCpu {
 public:
  OneCpu() {
    CPU_ZERO(&all_);
    if (::sched_getaffinity(0, sizeof all_, &all_) != 0) return;
    int first = 0;
    while (first < CPU_SETSIZE && CPU_ISSET(first, &all_) == 0) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    is_pinned_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;
  ~OneCpu() {
    if (is_pinned_) (void)::sched_setaffinity(0, sizeof all_, &all_);  // Slower at worst.
  }

 private:
  cpu_set_t all_;
  bool is_pinned_ = false;
};

bool OnProgress(float progress, void* opaque) {
  (*static_cast<const EngineModel::Progress*>(opaque))(progress);
  return true;
}

std::string MetaText(const llama_model* model, const char* key) {
  std::array<char, 128> text{};
  const std::int32_t length = llama_model_meta_val_str(model, key, text.data(), text.size());
  return length < 0 ? std::string() : std::string(text.data());
}

}  // namespace

void EngineModel::ModelCloser::operator()(llama_model* model) const { llama_model_free(model); }
void EngineModel::ContextCloser::operator()(llama_context* context) const { llama_free(context); }
EngineModel::~EngineModel() = default;

Result<std::unique_ptr<EngineModel>> EngineModel::Load(WeightSource* source,
                                                       const LoadOptions& options,
                                                       const Progress& progress) {
  std::unique_ptr<EngineModel> loaded(new EngineModel);
  try {
    TRY(loaded->LoadWeights(source, progress, /*sizes_only=*/false));
    loaded->vocabulary_ = std::make_unique<Vocabulary>(llama_model_get_vocab(loaded->model_.get()));
    TRY_ASSIGN(loaded->chat_template_,
               ChatTemplate::Create(loaded->model_.get(), loaded->vocabulary_.get()));
    TRY(loaded->MakeContext(options));
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kUnavailable, "not enough memory for the model");
  } catch (const std::exception&) {  // Its message may hold the model's own words.
    return Fail(ErrorCode::kInvalidArgument, "the engine refused the model");
  }
  loaded->Describe();
  return loaded;
}

Result<std::unique_ptr<EngineModel>> EngineModel::LoadSizesOnly(WeightSource* source,
                                                                const LoadOptions& options) {
  std::unique_ptr<EngineModel> sizes(new EngineModel);
  try {
    TRY(sizes->LoadWeights(source, [](float) {}, /*sizes_only=*/true));
    TRY(sizes->MakeContext(options));
  } catch (const std::exception&) {  // Its message may hold the model's own words.
    return Fail(ErrorCode::kInvalidArgument, "the engine refused the model");
  }
  return sizes;
}

Result<> EngineModel::LoadWeights(WeightSource* source, const Progress& progress, bool sizes_only) {
  std::vector<char> buffer(kReadBufferBytes);
  TRY_ASSIGN(const UniqueFile file, OpenAsFile(source, buffer));
  llama_model_params params = llama_model_default_params();
  params.load_mode = LLAMA_LOAD_MODE_NONE;
  params.n_gpu_layers = 0;
  params.no_alloc = sizes_only;
  params.progress_callback = OnProgress;
  params.progress_callback_user_data = const_cast<Progress*>(&progress);
  const OneCpu while_loading;
  model_.reset(llama_model_load_from_file_ptr(file.get(), params));
  if (model_ == nullptr) return Fail(ErrorCode::kInvalidArgument, "the engine refused the model");
  return Ok();
}

Result<> EngineModel::MakeContext(const LoadOptions& options) {
  const auto trained =
      static_cast<std::uint32_t>(std::max(llama_model_n_ctx_train(model_.get()), 1));
  const std::uint32_t wanted =
      options.context_tokens == 0 ? trained : std::min(options.context_tokens, trained);
  llama_context_params params = llama_context_default_params();
  params.n_seq_max = options.sequences;
  params.n_ctx = wanted * options.sequences;
  params.n_batch = kBatchTokens;
  params.n_ubatch = kBatchTokens;
  params.n_outputs_max = options.sequences;
  params.n_threads = options.threads;
  params.n_threads_batch = options.threads;
  params.kv_unified = false;  // Each sequence has its own part: one can not starve another.
  params.no_perf = true;
  context_.reset(llama_init_from_model(model_.get(), params));
  if (context_ == nullptr)
    return Fail(ErrorCode::kUnavailable, "not enough memory for the context");
  if (options.pool != nullptr) {
    llama_attach_threadpool(context_.get(), options.pool, options.pool);
  }
  return Ok();
}

void EngineModel::Describe() {
  std::array<char, 128> description{};
  llama_model_desc(model_.get(), description.data(), description.size());
  info_.architecture = MetaText(model_.get(), "general.architecture");
  info_.description = description.data();
  info_.context_tokens = llama_n_ctx_seq(context_.get());
  info_.train_context_tokens = static_cast<std::uint32_t>(llama_model_n_ctx_train(model_.get()));
  info_.vocabulary_tokens = static_cast<std::uint32_t>(vocabulary_->size());
  info_.parameters = llama_model_n_params(model_.get());
  info_.has_template = chat_template_->is_from_model();
  info_.supports_tools = chat_template_->supports_tools();
  info_.generates_text = llama_model_has_decoder(model_.get()) &&
                         !llama_model_has_encoder(model_.get()) &&
                         !llama_model_is_diffusion(model_.get()) &&
                         llama_get_causal_attn(context_.get());  // Not a BERT.
  for (const auto& [kind, bytes] : llama_get_memory_breakdown(context_.get())) {
    info_.weights_bytes += bytes.model;
    info_.state_bytes += bytes.context + bytes.compute;
  }
  info_.engine = std::string("llama.cpp ") + llama_version();
  if (constexpr std::string_view commit = SECAI_ENGINE_COMMIT; !commit.empty()) {
    info_.engine.append(" (").append(commit).append(")");
  }
}

}  // namespace secai::inference

#include "inference/worker/testing/tiny_model.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>

#include <fcntl.h>
#include <ggml.h>
#include <gguf.h>
#include <llama.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"

namespace secai::inference::testing {
namespace {

constexpr std::uint32_t kEmbedding = 64;
constexpr std::uint32_t kBlocks = 2;
constexpr std::uint32_t kFeedForward = 128;
constexpr std::uint32_t kHeads = 4;
constexpr std::uint32_t kKeyHeads = 2;
constexpr std::uint32_t kKeys = kEmbedding / kHeads * kKeyHeads;
constexpr std::uint32_t kInner = 128;  // Of mamba, as the next three.
constexpr std::uint32_t kState = 16;
constexpr std::uint32_t kTimeStepRank = 4;
constexpr std::uint32_t kConvolution = 4;

struct Vocabulary {
  std::vector<std::string> texts;
  std::vector<std::int32_t> types;

  void Add(std::string text, llama_token_type type) {
    texts.push_back(std::move(text));
    types.push_back(type);
  }
};

Vocabulary MakeVocabulary(const TinyModelSpec& spec) {
  Vocabulary vocabulary;
  vocabulary.Add("<unk>", LLAMA_TOKEN_TYPE_UNKNOWN);
  vocabulary.Add("<s>", LLAMA_TOKEN_TYPE_CONTROL);
  vocabulary.Add("</s>", LLAMA_TOKEN_TYPE_CONTROL);
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.Add(fmt::format("<0x{:02X}>", byte), LLAMA_TOKEN_TYPE_BYTE);
  }
  vocabulary.Add("\xE2\x96\x81", LLAMA_TOKEN_TYPE_NORMAL);  // SentencePiece's space.
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    vocabulary.Add(std::string(1, letter), LLAMA_TOKEN_TYPE_NORMAL);
  }
  for (const std::string& text : spec.control_tokens)
    vocabulary.Add(text, LLAMA_TOKEN_TYPE_CONTROL);
  return vocabulary;
}

struct GgufCloser {
  void operator()(gguf_context* gguf) const { gguf_free(gguf); }
};
struct GgmlCloser {
  void operator()(ggml_context* context) const { ggml_free(context); }
};

class Writer {
 public:
  explicit Writer(std::uint32_t seed)
      : gguf_(gguf_init_empty()),
        tensors_(ggml_init(
            {.mem_size = std::size_t{16} << 20, .mem_buffer = nullptr, .no_alloc = false})),
        random_(seed) {}

  gguf_context* gguf() { return gguf_.get(); }

  void Number(const std::string& key, std::uint32_t value) {
    gguf_set_val_u32(gguf_.get(), key.c_str(), value);
  }

  void Tensor(const std::string& name, std::int64_t columns, std::int64_t rows = 1) {
    ggml_tensor* const tensor =
        rows == 1 ? ggml_new_tensor_1d(tensors_.get(), GGML_TYPE_F32, columns)
                  : ggml_new_tensor_2d(tensors_.get(), GGML_TYPE_F32, columns, rows);
    ggml_set_name(tensor, name.c_str());
    const bool is_norm = name.find("norm") != std::string::npos;
    std::normal_distribution<float> weight(is_norm ? 1.0F : 0.0F, is_norm ? 0.1F : 0.3F);
    auto* const data = static_cast<float*>(tensor->data);
    for (std::int64_t i = 0; i < columns * rows; ++i) data[i] = weight(random_);
    if (name.ends_with("ssm_a")) {  // A state that decays.
      for (std::int64_t i = 0; i < columns * rows; ++i) data[i] = -0.1F - std::abs(data[i]);
    }
    gguf_add_tensor(gguf_.get(), tensor);
  }

 private:
  std::unique_ptr<gguf_context, GgufCloser> gguf_;
  std::unique_ptr<ggml_context, GgmlCloser> tensors_;
  std::mt19937 random_;
};

void WriteLlama(Writer* writer) {
  writer->Number("llama.feed_forward_length", kFeedForward);
  writer->Number("llama.attention.head_count", kHeads);
  writer->Number("llama.attention.head_count_kv", kKeyHeads);
  writer->Number("llama.rope.dimension_count", kEmbedding / kHeads);
  gguf_set_val_f32(writer->gguf(), "llama.attention.layer_norm_rms_epsilon", 1e-5F);
  for (std::uint32_t block = 0; block < kBlocks; ++block) {
    const auto name = [&](const char* part) {
      return fmt::format("blk.{}.{}.weight", block, part);
    };
    writer->Tensor(name("attn_norm"), kEmbedding);
    writer->Tensor(name("attn_q"), kEmbedding, kEmbedding);
    writer->Tensor(name("attn_k"), kEmbedding, kKeys);
    writer->Tensor(name("attn_v"), kEmbedding, kKeys);
    writer->Tensor(name("attn_output"), kEmbedding, kEmbedding);
    writer->Tensor(name("ffn_norm"), kEmbedding);
    writer->Tensor(name("ffn_gate"), kEmbedding, kFeedForward);
    writer->Tensor(name("ffn_up"), kEmbedding, kFeedForward);
    writer->Tensor(name("ffn_down"), kFeedForward, kEmbedding);
  }
}

void WriteMamba(Writer* writer) {
  writer->Number("mamba.feed_forward_length", 0);
  writer->Number("mamba.attention.head_count", 0);
  writer->Number("mamba.ssm.conv_kernel", kConvolution);
  writer->Number("mamba.ssm.inner_size", kInner);
  writer->Number("mamba.ssm.state_size", kState);
  writer->Number("mamba.ssm.time_step_rank", kTimeStepRank);
  gguf_set_val_f32(writer->gguf(), "mamba.attention.layer_norm_rms_epsilon", 1e-5F);
  for (std::uint32_t block = 0; block < kBlocks; ++block) {
    const auto name = [&](const char* part) { return fmt::format("blk.{}.{}", block, part); };
    writer->Tensor(name("attn_norm.weight"), kEmbedding);
    writer->Tensor(name("ssm_in.weight"), kEmbedding, std::int64_t{2} * kInner);
    writer->Tensor(name("ssm_conv1d.weight"), kConvolution, kInner);
    writer->Tensor(name("ssm_conv1d.bias"), kInner);
    writer->Tensor(name("ssm_x.weight"), kInner, kTimeStepRank + 2 * kState);
    writer->Tensor(name("ssm_dt.weight"), kTimeStepRank, kInner);
    writer->Tensor(name("ssm_dt.bias"), kInner);
    writer->Tensor(name("ssm_a"), kState, kInner);
    writer->Tensor(name("ssm_d"), kInner);
    writer->Tensor(name("ssm_out.weight"), kInner, kEmbedding);
  }
}

void WriteVocabulary(Writer* writer, const Vocabulary& vocabulary) {
  gguf_context* const gguf = writer->gguf();
  gguf_set_val_str(gguf, "tokenizer.ggml.model", "llama");
  std::vector<const char*> texts;
  for (const std::string& text : vocabulary.texts) texts.push_back(text.c_str());
  const std::vector<float> scores(texts.size(), 0.0F);
  gguf_set_arr_str(gguf, "tokenizer.ggml.tokens", texts.data(), texts.size());
  gguf_set_arr_data(gguf, "tokenizer.ggml.scores", GGUF_TYPE_FLOAT32, scores.data(), scores.size());
  gguf_set_arr_data(gguf, "tokenizer.ggml.token_type", GGUF_TYPE_INT32, vocabulary.types.data(),
                    vocabulary.types.size());
}

}  // namespace

UniqueFd MakeTinyModel(const TinyModelSpec& spec) {
  const Vocabulary vocabulary = MakeVocabulary(spec);
  Writer writer(spec.seed);
  gguf_set_val_str(writer.gguf(), "general.architecture", spec.architecture.c_str());
  const auto number = [&](const char* key, std::uint32_t value) {
    writer.Number(spec.architecture + "." + key, value);
  };
  number("context_length", spec.context_tokens);
  number("embedding_length", kEmbedding);
  number("block_count", kBlocks);
  if (!spec.chat_template.empty()) {
    gguf_set_val_str(writer.gguf(), "tokenizer.chat_template", spec.chat_template.c_str());
  }
  WriteVocabulary(&writer, vocabulary);
  const auto size = static_cast<std::int64_t>(vocabulary.texts.size());
  writer.Tensor("token_embd.weight", kEmbedding, size);
  writer.Tensor("output_norm.weight", kEmbedding);
  writer.Tensor("output.weight", kEmbedding, size);
  if (spec.architecture == "mamba") {
    WriteMamba(&writer);
  } else {
    WriteLlama(&writer);
  }
  char* bytes = nullptr;
  std::size_t length = 0;
  std::FILE* const file = ::open_memstream(&bytes, &length);
  CHECK(gguf_write_to_file_ptr(writer.gguf(), file, /*only_meta=*/false));
  CHECK(std::fclose(file) == 0);
  UniqueFd memory = SealBytes(std::string(bytes, length));
  std::free(bytes);  // open_memstream(3) wants it.
  return memory;
}

UniqueFd SealBytes(const std::string& bytes) {
  UniqueFd memory(::memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = ::write(memory.get(), bytes.data() + done, bytes.size() - done);
    CHECK(wrote > 0);
    done += static_cast<std::size_t>(wrote);
  }
  CHECK(::fcntl(memory.get(), F_ADD_SEALS,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0);
  return UniqueFd(
      ::open(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), O_RDONLY | O_CLOEXEC));
}

UniqueFd SealFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  CHECK(file.good());
  std::string bytes(static_cast<std::size_t>(file.tellg()), '\0');
  file.seekg(0);
  CHECK(file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())).good());
  return SealBytes(bytes);
}

}  // namespace secai::inference::testing

#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quarantine/scanner/gguf_format.h"
#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine::testing {

// Makes GGUF files, honest ones and broken ones: each part can be replaced before Build().
class GgufBuilder {
 public:
  struct Value {
    std::string key;
    std::uint32_t type;
    Bytes payload;
  };
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> dimensions;
    std::uint32_t type;
    Bytes data;
    std::optional<std::uint64_t> offset = std::nullopt;  // Else where its data is put.
  };

  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;                            // Of the layout; the key is set apart.
  std::optional<std::uint64_t> tensor_count, value_count;  // Else as many as there are.
  std::vector<Value> values;
  std::vector<Tensor> tensors;
  std::uint8_t padding_byte = 0;
  bool is_last_padded = true;
  Bytes tail;  // After everything.

  static Bytes Text(std::string_view text) {
    Bytes bytes;
    AppendNumber(&bytes, text.size(), 8);
    Append(&bytes, text);
    return bytes;
  }
  static Bytes Number(std::uint64_t value, int count) {
    Bytes bytes;
    AppendNumber(&bytes, value, count);
    return bytes;
  }
  static Bytes Array(std::uint32_t type, std::uint64_t count, const Bytes& elements) {
    Bytes bytes;
    AppendNumber(&bytes, type, 4);
    AppendNumber(&bytes, count, 8);
    bytes.insert(bytes.end(), elements.begin(), elements.end());
    return bytes;
  }
  static Bytes Texts(const std::vector<std::string>& texts) {
    Bytes elements;
    for (const auto& text : texts) {
      const Bytes one = Text(text);
      elements.insert(elements.end(), one.begin(), one.end());
    }
    return Array(8, texts.size(), elements);
  }
  static Bytes Numbers(std::uint32_t type, const std::vector<std::uint64_t>& numbers) {
    Bytes elements;
    const auto bytes = static_cast<int>(GgufTypeBytes(static_cast<GgufType>(type)));
    for (const auto number : numbers) AppendNumber(&elements, number, bytes);
    return Array(type, numbers.size(), elements);
  }
  static std::uint64_t FloatBits(float value) { return std::bit_cast<std::uint32_t>(value); }

  // Replaces the value of `key`, or adds it at the end.
  GgufBuilder& Set(std::string_view key, std::uint32_t type, Bytes payload) {
    const auto found = std::ranges::find(values, key, &Value::key);
    if (found == values.end()) {
      values.push_back({std::string(key), type, std::move(payload)});
    } else {
      *found = {std::string(key), type, std::move(payload)};
    }
    return *this;
  }
  GgufBuilder& SetU32(std::string_view key, std::uint64_t value) {
    return Set(key, 4, Number(value, 4));
  }
  GgufBuilder& SetF32(std::string_view key, float value) {
    return Set(key, 6, Number(FloatBits(value), 4));
  }
  GgufBuilder& SetText(std::string_view key, std::string_view text) {
    return Set(key, 8, Text(text));
  }
  GgufBuilder& Remove(std::string_view key) {
    std::erase_if(values, [&](const Value& value) { return value.key == key; });
    return *this;
  }
  Tensor& FindTensor(std::string_view name) {
    return *std::ranges::find(tensors, name, &Tensor::name);
  }

  // A tensor of f32 with a plain wave of small numbers.
  GgufBuilder& AddF32(std::string_view name, std::vector<std::uint64_t> dimensions) {
    std::uint64_t count = 1;
    for (const auto dimension : dimensions) count *= dimension;
    Bytes data;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(0.02 * std::sin(static_cast<double>(i) * 0.7));
      AppendNumber(&data, FloatBits(value), 4);
    }
    tensors.push_back({std::string(name), std::move(dimensions), 0, std::move(data)});
    return *this;
  }

  Bytes Build() const {
    Bytes file = FromText(magic);
    AppendNumber(&file, version, 4);
    AppendNumber(&file, tensor_count.value_or(tensors.size()), 8);
    AppendNumber(&file, value_count.value_or(values.size()), 8);
    for (const Value& value : values) {
      AppendAll(&file, Text(value.key));
      AppendNumber(&file, value.type, 4);
      AppendAll(&file, value.payload);
    }
    std::uint64_t offset = 0;
    for (const Tensor& tensor : tensors) {
      AppendAll(&file, Text(tensor.name));
      AppendNumber(&file, tensor.dimensions.size(), 4);
      for (const auto dimension : tensor.dimensions) AppendNumber(&file, dimension, 8);
      AppendNumber(&file, tensor.type, 4);
      AppendNumber(&file, tensor.offset.value_or(offset), 8);
      offset += (tensor.data.size() + alignment - 1) / alignment * alignment;
    }
    Pad(&file);
    for (const Tensor& tensor : tensors) {
      AppendAll(&file, tensor.data);
      if (&tensor != &tensors.back() || is_last_padded) Pad(&file);
    }
    AppendAll(&file, tail);
    return file;
  }

 private:
  static void AppendAll(Bytes* bytes, const Bytes& more) {
    bytes->insert(bytes->end(), more.begin(), more.end());
  }
  void Pad(Bytes* file) const {
    file->resize((file->size() + alignment - 1) / alignment * alignment, padding_byte);
  }
};

// A llama of one block that every rule accepts and the engine loads: embedding 32, 4 heads, 261
// tokens.
inline GgufBuilder TinyLlama() {
  GgufBuilder builder;
  builder.SetText("general.architecture", "llama");
  builder.SetText("general.name", "tiny");
  builder.SetU32("general.file_type", 0);
  builder.SetU32("llama.block_count", 1);
  builder.SetU32("llama.context_length", 128);
  builder.SetU32("llama.embedding_length", 32);
  builder.SetU32("llama.feed_forward_length", 64);
  builder.SetU32("llama.attention.head_count", 4);
  builder.SetU32("llama.attention.head_count_kv", 2);
  builder.SetU32("llama.rope.dimension_count", 8);
  builder.SetF32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  builder.SetF32("llama.rope.freq_base", 10000);
  std::vector<std::string> tokens = {"<unk>", "<s>", "</s>"};
  std::vector<std::uint64_t> types = {2, 3, 3};
  for (int i = 0; i < 256; ++i) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    tokens.push_back(std::string("<0x") + kDigits[static_cast<std::size_t>(i / 16)] +
                     kDigits[static_cast<std::size_t>(i % 16)] + ">");
    types.push_back(6);
  }
  tokens.insert(tokens.end(), {"a", "b"});
  types.insert(types.end(), {1, 1});
  std::vector<std::uint64_t> scores(tokens.size(), GgufBuilder::FloatBits(-1));
  builder.SetText("tokenizer.ggml.model", "llama");
  builder.Set("tokenizer.ggml.tokens", 9, GgufBuilder::Texts(tokens));
  builder.Set("tokenizer.ggml.scores", 9, GgufBuilder::Numbers(6, scores));
  builder.Set("tokenizer.ggml.token_type", 9, GgufBuilder::Numbers(5, types));
  builder.SetU32("tokenizer.ggml.bos_token_id", 1);
  builder.SetU32("tokenizer.ggml.eos_token_id", 2);
  builder.SetText("tokenizer.chat_template", "{{ messages[0]['content'] }}");
  builder.AddF32("token_embd.weight", {32, tokens.size()});
  builder.AddF32("output_norm.weight", {32});
  builder.AddF32("blk.0.attn_norm.weight", {32});
  builder.AddF32("blk.0.attn_q.weight", {32, 32});
  builder.AddF32("blk.0.attn_k.weight", {32, 16});
  builder.AddF32("blk.0.attn_v.weight", {32, 16});
  builder.AddF32("blk.0.attn_output.weight", {32, 32});
  builder.AddF32("blk.0.ffn_norm.weight", {32});
  builder.AddF32("blk.0.ffn_gate.weight", {32, 64});
  builder.AddF32("blk.0.ffn_up.weight", {32, 64});
  builder.AddF32("blk.0.ffn_down.weight", {64, 32});
  return builder;
}

}  // namespace secai::quarantine::testing

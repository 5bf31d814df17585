#include "quarantine/scanner/gguf_rules_vocabulary.h"

#include <algorithm>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace secai::quarantine {
namespace {

constexpr std::uint8_t kByteToken = 6;  // LLAMA_TOKEN_TYPE_BYTE.
constexpr std::uint64_t kMaxVocabularyPadding = 1024;

class Checker {
 public:
  Checker(const GgufHeader& header, Findings* findings) : header_(header), findings_(findings) {}

  bool Run() {
    CheckModel();
    const GgufValue* tokens = header_.Find("tokenizer.ggml.tokens");
    if (tokens == nullptr) {
      CheckAbsent();
      return is_good_;
    }
    if (tokens->type != GgufType::kArray || tokens->element_type != GgufType::kString ||
        tokens->count == 0) {
      Refuse("G-M2", *tokens, "is not an array of strings");
      return false;
    }
    tokens_ = tokens->count;
    CheckArrays();
    CheckMerges();
    CheckSpecialIds();
    CheckSize();
    CheckBytes();
    return is_good_;
  }

 private:
  void Refuse(std::string_view rule, const GgufValue& value, std::string_view reason) {
    findings_->Add(rule, {.offset = value.offset}, value.key + ": " + std::string(reason));
    is_good_ = false;
  }

  // Source: llama_vocab::impl::load of the engine, which refuses any other.
  void CheckModel() {
    static constexpr std::string_view kModels[] = {"llama",      "bert", "gpt2",    "hybriddna",
                                                   "whitespace", "t5",   "rwkv",    "plamo2",
                                                   "gemma4",     "none", "no_vocab"};
    const auto name = header_.FindString("tokenizer.ggml.model");
    if (name.has_value() && std::ranges::find(kModels, *name) != std::end(kModels)) return;
    findings_->Add("G-M2", {},
                   "tokenizer.ggml.model: is missing or a tokenizer that the engine does not know");
    is_good_ = false;
  }

  // Some models have no vocabulary of their own and say so.
  void CheckAbsent() {
    const GgufValue* model = header_.Find("tokenizer.ggml.model");
    if (model == nullptr) return;
    const auto name = header_.FindString("tokenizer.ggml.model");
    if (name != "none" && name != "no_vocab") {
      Refuse("G-M2", *model, "names a tokenizer, but tokenizer.ggml.tokens is missing");
    }
  }

  void CheckArrays() {
    const GgufValue* scores = header_.Find("tokenizer.ggml.scores");
    if (scores != nullptr) {
      if (scores->type != GgufType::kArray || scores->element_type != GgufType::kF32) {
        Refuse("G-M3", *scores, "is not an array of f32");
      } else if (scores->count != tokens_) {
        RefuseLength(*scores);
      } else if (header_.vocabulary.has_bad_score) {
        Refuse("G-M11", *scores, "holds a number that is not finite");
      }
    }
    const GgufValue* types = header_.Find("tokenizer.ggml.token_type");
    if (types == nullptr) return;
    if (types->type != GgufType::kArray ||
        (types->element_type != GgufType::kI32 && types->element_type != GgufType::kU32)) {
      Refuse("G-M3", *types, "is not an array of i32 or u32");
    } else if (types->count != tokens_) {
      RefuseLength(*types);
    } else {
      for (const std::uint8_t type : header_.vocabulary.types) {
        if (type > kByteToken) return Refuse("G-M10", *types, "holds a type that is not 0 to 6");
      }
    }
  }

  void RefuseLength(const GgufValue& value) {
    Refuse("G-M4", value,
           "has " + std::to_string(value.count) + " elements for " + std::to_string(tokens_) +
               " tokens");
  }

  void CheckMerges() {
    const GgufValue* merges = header_.Find("tokenizer.ggml.merges");
    if (merges == nullptr) return;
    if (merges->type != GgufType::kArray || merges->element_type != GgufType::kString) {
      Refuse("G-M5", *merges, "is not an array of strings");
    } else if (header_.vocabulary.bad_merge.has_value()) {
      Refuse("G-M5", *merges,
             "merge " + std::to_string(*header_.vocabulary.bad_merge) +
                 " is not two pieces with one space between");
    }
  }

  void CheckSpecialIds() {
    for (const GgufValue& value : header_.values) {
      if (!value.key.starts_with("tokenizer.ggml.") || !value.key.ends_with("_token_id")) continue;
      const auto id = header_.FindU32(value.key);
      if (!id.has_value()) {
        Refuse("G-M5", value, "is not a u32");
      } else if (*id >= tokens_) {
        Refuse("G-M5", value,
               "is " + std::to_string(*id) + ", there are " + std::to_string(tokens_) + " tokens");
      }
    }
  }

  void CheckSize() {
    const auto architecture = header_.FindString("general.architecture");
    if (!architecture.has_value()) return;
    const GgufValue* size = header_.Find(std::string(*architecture) + ".vocab_size");
    if (size == nullptr) return;
    const auto number = header_.FindU32(size->key);
    if (!number.has_value() || *number > tokens_ + kMaxVocabularyPadding ||
        tokens_ > *number + kMaxVocabularyPadding) {
      Refuse("G-M9", *size, "does not agree with " + std::to_string(tokens_) + " tokens");
    }
  }

  // The engine turns the text of a byte token into an index: any other form would be a wild write.
  void CheckBytes() {
    const GgufVocabulary& vocabulary = header_.vocabulary;
    if (vocabulary.types.size() != vocabulary.byte_values.size()) return;
    const GgufValue& tokens = *header_.Find("tokenizer.ggml.tokens");
    std::bitset<256> seen;
    for (std::size_t i = 0; i < vocabulary.types.size(); ++i) {
      if (vocabulary.types[i] != kByteToken) continue;
      const std::int16_t value = vocabulary.byte_values[i];
      if (value < 0) {
        return Refuse("G-M10", tokens,
                      "byte token " + std::to_string(i) + " is not written <0xHH>");
      }
      if (seen[static_cast<std::size_t>(value)]) {
        return Refuse("G-M10", tokens, "byte token " + std::to_string(i) + " stands twice");
      }
      seen.set(static_cast<std::size_t>(value));
    }
  }

  const GgufHeader& header_;
  Findings* findings_;
  std::uint64_t tokens_ = 0;
  bool is_good_ = true;
};

}  // namespace

bool CheckGgufVocabulary(const GgufHeader& header, Findings* findings) {
  return Checker(header, findings).Run();
}

}  // namespace secai::quarantine

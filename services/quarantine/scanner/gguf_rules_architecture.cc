#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "quarantine/scanner/engine_tables.h"
#include "quarantine/scanner/gguf_rules.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxNamedExtras = 8;  // More unknown tensors are only counted.

// The lengths that shapes are made of (engine_tables.h). Nothing where the file gives one per
// layer, or keys with a meaning of their own say more.
class Lengths {
 public:
  Lengths(const GgufHeader& header, const std::string& prefix) {
    const auto number = [&](std::string_view suffix) {
      return header.FindU32(prefix + std::string(suffix));
    };
    const auto has = [&](std::string_view suffix) {
      return header.Find(prefix + std::string(suffix)) != nullptr;
    };
    // An architecture with features has another embedding length inside.
    if (!has("features_length")) of_['E'] = number("embedding_length");
    // What is absent is 0 to the engine.
    const auto number_or_zero = [&](std::string_view suffix) {
      return has(suffix) ? number(suffix) : std::optional<std::uint64_t>(0);
    };
    of_['F'] = number_or_zero("feed_forward_length");
    of_['X'] = number_or_zero("expert_count");
    of_['C'] = number("context_length");
    if (const GgufValue* tokens = header.Find("tokenizer.ggml.tokens"); tokens != nullptr) {
      of_['V'] = tokens->count;
    }
    const auto heads = number_or_zero("attention.head_count");
    if (heads == 0) of_['H'] = of_['Q'] = of_['K'] = of_['G'] = 0;
    if (!of_['E'].has_value() || heads.value_or(0) == 0 || has("attention.key_length_swa") ||
        has("attention.key_length_mla")) {
      return;
    }
    const bool has_kv = has("attention.head_count_kv");
    const auto kv_heads = has_kv ? number("attention.head_count_kv") : heads;
    const std::uint64_t key = number("attention.key_length").value_or(*of_['E'] / *heads);
    const std::uint64_t value = number("attention.value_length").value_or(*of_['E'] / *heads);
    of_['H'] = key;
    of_['Q'] = key * *heads;  // At most 2^24 * 2^12.
    if (!kv_heads.has_value()) return;
    of_['K'] = key * *kv_heads;
    of_['G'] = value * *kv_heads;
  }

  std::optional<std::uint64_t> Of(char letter) const {
    const auto found = of_.find(letter);
    return found == of_.end() ? std::nullopt : found->second;
  }

 private:
  std::map<char, std::optional<std::uint64_t>> of_;
};

// Calls `use` with each part of `text` between separators, until it returns false.
template <typename Use>
bool ForEachPart(std::string_view text, char separator, Use use) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (!use(text.substr(0, end))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

class Checker {
 public:
  Checker(const GgufHeader& header, const EngineArchitecture& architecture, Findings* findings)
      : header_(header), architecture_(architecture), findings_(findings) {
    for (const GgufTensor& tensor : header.tensors) tensors_.emplace(tensor.name, &tensor);
  }

  bool Run() {
    const std::string prefix = std::string(architecture_.name) + ".";
    const Lengths lengths(header_, prefix);
    const std::uint64_t blocks = header_.FindU32(prefix + "block_count").value_or(0);
    const std::uint64_t extra_blocks =
        std::min(header_.FindU32(prefix + "nextn_predict_layers").value_or(0), blocks);
    const bool is_good =
        ForEachPart(architecture_.keys, ' ',
                    [&](std::string_view key) { return CheckKey(prefix, key); }) &&
        ForEachPart(architecture_.required, ' ',
                    [&](std::string_view entry) {
                      return CheckRequired(entry, prefix, blocks - extra_blocks, lengths);
                    }) &&
        CheckAttention(blocks - extra_blocks, lengths);
    NameExtras();
    return is_good;
  }

 private:
  bool CheckKey(const std::string& prefix, std::string_view key) {
    if (header_.Find(prefix + std::string(key)) != nullptr) return true;
    findings_->Add("G-M8", {},
                   prefix + std::string(key) + ": is missing; every " +
                       std::string(architecture_.name) + " model has it");
    return false;
  }

  bool CheckRequired(std::string_view entry, const std::string& prefix, std::uint64_t blocks,
                     const Lengths& lengths) {
    const bool has_experts = header_.FindU32(prefix + "expert_count").value_or(0) > 0;
    for (const auto& [mark, wants_experts] : {std::pair{std::string_view("dense:"), false},
                                              std::pair{std::string_view("moe:"), true}}) {
      if (!entry.starts_with(mark)) continue;
      if (wants_experts != has_experts) return true;
      entry.remove_prefix(mark.size());
    }
    const std::size_t equals = entry.find('=');
    const std::string_view pattern = entry.substr(0, equals);
    const std::string_view shape = entry.substr(equals + 1);
    const std::size_t number = pattern.find("%d");
    if (number == std::string_view::npos) return CheckOne(std::string(pattern), shape, lengths);
    for (std::uint64_t block = 0; block < blocks; ++block) {
      std::string name(pattern);
      name.replace(number, 2, std::to_string(block));
      if (!CheckOne(name, shape, lengths)) return false;
    }
    return true;
  }

  // Attention weights come in one tensor or in three.
  bool CheckAttention(std::uint64_t blocks, const Lengths& lengths) {
    if (architecture_.qkv.empty()) return true;
    for (std::uint64_t block = 0; block < blocks; ++block) {
      const std::string stem = "blk." + std::to_string(block) + ".attn_";
      if (tensors_.contains(stem + "qkv.weight")) continue;
      std::string_view names = "qkv";
      const bool is_good = ForEachPart(architecture_.qkv, '/', [&](std::string_view shape) {
        const std::string name = stem + names.front() + ".weight";
        names.remove_prefix(1);
        return CheckOne(name, shape, lengths);
      });
      if (!is_good) return false;
    }
    return true;
  }

  bool CheckOne(const std::string& name, std::string_view shape, const Lengths& lengths) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      findings_->Add("G-T15", {.offset = header_.data_offset},
                     "tensor " + Name(name) + " is missing; every " +
                         std::string(architecture_.name) + " model has it");
      return false;
    }
    const GgufTensor& tensor = *found->second;
    std::size_t axis = 0;
    for (const char letter : shape) {
      if (letter == ',') continue;
      const auto wanted = letter == '?' ? std::nullopt : lengths.Of(letter);
      if (wanted.has_value() && tensor.dimensions[axis] != *wanted) {
        findings_->Add(letter == 'V' ? "G-M9" : "G-T15",
                       {.offset = tensor.info_offset, .tensor = tensor.name},
                       "dimension " + std::to_string(axis + 1) + " is " +
                           std::to_string(tensor.dimensions[axis]) + ", the metadata says " +
                           std::to_string(*wanted));
        return false;
      }
      ++axis;
    }
    for (; !shape.empty() && axis < tensor.dimensions.size(); ++axis) {
      if (tensor.dimensions[axis] != 1) {
        findings_->Add("G-T15", {.offset = tensor.info_offset, .tensor = tensor.name},
                       "more dimensions than the architecture gives this tensor");
        return false;
      }
    }
    return true;
  }

  void NameExtras() {
    if (architecture_.known.empty()) return;
    std::size_t extras = 0;
    for (const GgufTensor& tensor : header_.tensors) {
      if (IsKnownTensor(architecture_, tensor.name)) continue;
      if (++extras > kMaxNamedExtras) continue;
      findings_->AddReview(
          "G-T15", {.offset = tensor.info_offset, .tensor = tensor.name},
          "the architecture " + std::string(architecture_.name) + " has no such tensor");
    }
    if (extras > kMaxNamedExtras) {
      findings_->AddReview("G-T15", {.offset = header_.data_offset},
                           std::to_string(extras - kMaxNamedExtras) + " more unknown tensors");
    }
  }

  const GgufHeader& header_;
  const EngineArchitecture& architecture_;
  Findings* findings_;
  std::unordered_map<std::string_view, const GgufTensor*> tensors_;
};

}  // namespace

bool CheckGgufArchitecture(const GgufHeader& header, Findings* findings) {
  const auto name = header.FindString("general.architecture");
  const EngineArchitecture* architecture =
      name.has_value() ? FindEngineArchitecture(*name) : nullptr;
  if (architecture == nullptr) return false;  // Rule G-M1 has said so.
  return Checker(header, *architecture, findings).Run();
}

}  // namespace secai::quarantine

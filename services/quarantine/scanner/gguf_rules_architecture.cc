#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "quarantine/scanner/engine_tables.h"
#include "quarantine/scanner/gguf_rules.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxNamedExtras = 8;  // More unknown tensors are only counted.

// The lengths that shapes are made of; nothing when the file gives one per layer.
struct Lengths {
  std::optional<std::uint64_t> embedding;
  std::optional<std::uint64_t> feed_forward;
  std::optional<std::uint64_t> vocabulary;

  std::optional<std::uint64_t> Of(char letter) const {
    return letter == 'E' ? embedding : letter == 'F' ? feed_forward : vocabulary;
  }
};

Lengths LengthsOf(const GgufHeader& header, const std::string& prefix) {
  Lengths lengths;
  // An architecture with features has another embedding length inside.
  if (header.Find(prefix + "features_length") == nullptr) {
    lengths.embedding = header.FindU32(prefix + "embedding_length");
  }
  lengths.feed_forward = header.FindU32(prefix + "feed_forward_length");
  if (const GgufValue* tokens = header.Find("tokenizer.ggml.tokens"); tokens != nullptr) {
    lengths.vocabulary = tokens->count;
  }
  return lengths;
}

class Checker {
 public:
  Checker(const GgufHeader& header, const EngineArchitecture& architecture, Findings* findings)
      : header_(header), architecture_(architecture), findings_(findings) {
    for (const GgufTensor& tensor : header.tensors) tensors_.emplace(tensor.name, &tensor);
  }

  bool Run() {
    const std::string prefix = std::string(architecture_.name) + ".";
    const Lengths lengths = LengthsOf(header_, prefix);
    const std::uint64_t blocks = header_.FindU32(prefix + "block_count").value_or(0);
    const std::uint64_t extra_blocks =
        std::min(header_.FindU32(prefix + "nextn_predict_layers").value_or(0), blocks);
    bool is_good = true;
    std::string_view rest = architecture_.required;
    while (!rest.empty() && is_good) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      is_good = CheckRequired(rest.substr(0, end), blocks - extra_blocks, lengths);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    NameExtras();
    return is_good;
  }

 private:
  bool CheckRequired(std::string_view entry, std::uint64_t blocks, const Lengths& lengths) {
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
      const auto wanted = lengths.Of(letter);
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

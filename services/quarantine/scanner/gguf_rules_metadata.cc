// Rules G-M1, G-M6 to G-M8 and G-M11 to G-M13: what kind of file it is, and its hyperparameters.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/scanner/engine_tables.h"
#include "quarantine/scanner/gguf_rules.h"
#include "quarantine/scanner/gguf_rules_vocabulary.h"

namespace secai::quarantine {
namespace {

constexpr std::uint64_t kMaxBlocks = 512;  // LLAMA_MAX_LAYERS of the engine.
constexpr double kMaxHeads = 4096;
constexpr std::uint64_t kMaxExperts = 1024;  // LLAMA_MAX_EXPERTS of the engine.
constexpr double kMaxWidth = 1 << 24;
constexpr std::uint64_t kMaxContext = 1 << 27;
constexpr std::uint64_t kMaxFileType = 64;

std::string Show(double value) {
  return value == std::floor(value) && std::fabs(value) < 1e15
             ? std::to_string(static_cast<std::int64_t>(value))
             : std::to_string(value);
}

class Checker {
 public:
  Checker(const GgufHeader& header, Findings* findings) : header_(header), findings_(findings) {}

  bool Run() {
    CheckKind();
    CheckSplit();
    if (!CheckArchitectureName()) return false;
    CheckBlocks();
    CheckHeads();
    CheckExperts();
    CheckWidths();
    CheckFloats();
    return is_good_;
  }

 private:
  void Refuse(std::string_view rule, std::string_view key, std::string_view reason) {
    const GgufValue* value = header_.Find(key);
    findings_->Add(rule,
                   {.offset = value == nullptr ? std::optional<std::uint64_t>() : value->offset},
                   std::string(key) + ": " + std::string(reason));
    is_good_ = false;
  }

  // A u32 that the engine reads; another type is `rule`, absence is fine.
  std::optional<std::uint64_t> Count(std::string_view rule, std::string_view suffix) {
    const std::string key = prefix_ + std::string(suffix);
    const GgufValue* value = header_.Find(key);
    if (value == nullptr) return std::nullopt;
    const auto count = header_.FindU32(key);
    if (!count.has_value()) Refuse(rule, key, "is not a u32");
    return count;
  }

  // A u32, or an array of integers with one element a block. Absent or broken: empty.
  std::vector<double> PerBlock(std::string_view rule, std::string_view suffix) {
    const std::string key = prefix_ + std::string(suffix);
    const GgufValue* value = header_.Find(key);
    if (value == nullptr) return {};
    if (value->type != GgufType::kArray) {
      const auto count = Count(rule, suffix);
      return count.has_value() ? std::vector<double>{static_cast<double>(*count)}
                               : std::vector<double>{};
    }
    const bool is_integer =
        value->element_type == GgufType::kU32 || value->element_type == GgufType::kI32;
    const auto* elements = std::get_if<std::vector<double>>(&value->value);
    if (!is_integer || elements == nullptr) {
      Refuse(rule, key, "is not an array of u32 or i32");
      return {};
    }
    if (value->count != blocks_) {
      Refuse("G-M6", key,
             "has " + std::to_string(value->count) + " elements for " + std::to_string(blocks_) +
                 " blocks");
      return {};
    }
    return *elements;
  }

  void CheckKind() {
    const auto type = header_.FindString("general.type");
    if (header_.Find("general.type") != nullptr && type != "model") {
      Refuse("G-M13", "general.type",
             "is " + Name(type.value_or("?")) + ", not a base model (an adapter or projector?)");
    }
    if (header_.Find("adapter.type") != nullptr) {
      Refuse("G-M13", "adapter.type", "this is an adapter, not a base model");
    }
    const auto architecture = header_.FindString("general.architecture");
    if (architecture == "clip" || architecture == "controlvector" || architecture == "imatrix") {
      Refuse("G-M13", "general.architecture",
             "is " + Name(*architecture) + ", which is no base model");
    }
    const GgufValue* file_type = header_.Find("general.file_type");
    if (file_type != nullptr) {
      const auto number = header_.FindU32("general.file_type");
      if (!number.has_value() || (*number > kMaxFileType && *number != 1024)) {
        Refuse("G-M13", "general.file_type", "is not a known file type");
      }
    }
    const auto is_quantised = [](const GgufTensor& tensor) {
      const TensorType* type_info = FindTensorType(tensor.type);
      return type_info != nullptr && type_info->block_elements > 1;
    };
    const auto version = header_.FindU32("general.quantization_version");
    if (header_.Find("general.quantization_version") != nullptr && version != 2) {
      Refuse("G-M13", "general.quantization_version", "is not 2");
    } else if (!version.has_value() && std::ranges::any_of(header_.tensors, is_quantised)) {
      Refuse("G-M13", "general.quantization_version", "is missing in a quantised file");
    }
  }

  // The engine reads split.* as u16.
  void CheckSplit() {
    const auto number = [&](std::string_view key) -> std::optional<std::uint64_t> {
      const GgufValue* value = header_.Find(key);
      if (value == nullptr) return std::nullopt;
      const auto* unsigned_number = std::get_if<std::uint64_t>(&value->value);
      const auto* signed_number = std::get_if<std::int64_t>(&value->value);
      if (unsigned_number != nullptr) return *unsigned_number;
      if (signed_number != nullptr && *signed_number >= 0) {
        return static_cast<std::uint64_t>(*signed_number);
      }
      return std::uint64_t{0} - 1;  // Not a count: fails every comparison below.
    };
    const auto count = number("split.count");
    if (count.value_or(0) > 1) {
      Refuse("G-M12", "split.count",
             "this is one part of a model split into " + std::to_string(*count) +
                 " files; split models are not supported yet, join the parts first");
      return;
    }
    if (number("split.no").value_or(0) != 0) Refuse("G-M12", "split.no", "is not 0");
    const auto tensors = number("split.tensors.count");
    if (tensors.has_value() && count.value_or(0) > 0 && *tensors != header_.tensors.size()) {
      Refuse("G-M12", "split.tensors.count",
             "is " + std::to_string(*tensors) + ", the file has " +
                 std::to_string(header_.tensors.size()) + " tensors");
    }
  }

  bool CheckArchitectureName() {
    const auto name = header_.FindString("general.architecture");
    if (!name.has_value()) {
      Refuse("G-M1", "general.architecture", "is missing or not a string");
      return false;
    }
    const auto is_plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (name->empty() || name->size() > 32 || !std::ranges::all_of(*name, is_plain)) {
      Refuse("G-M1", "general.architecture", "is " + Name(*name));
      return false;
    }
    architecture_ = FindEngineArchitecture(*name);
    if (architecture_ == nullptr) {
      if (is_good_) {
        Refuse("G-M1", "general.architecture",
               "is " + Name(*name) + ", which the installed engine does not know");
      }
      return false;
    }
    prefix_ = std::string(*name) + ".";
    return true;
  }

  void CheckBlocks() {
    const auto blocks = Count("G-M6", "block_count");
    if (!blocks.has_value() || *blocks < 1 || *blocks > kMaxBlocks) {
      if (blocks.has_value() || header_.Find(prefix_ + "block_count") == nullptr) {
        Refuse(
            "G-M6", prefix_ + "block_count",
            blocks.has_value() ? "is " + std::to_string(*blocks) + ", not 1 to 512" : "is missing");
      }
      return;
    }
    blocks_ = *blocks;
    const auto extra = Count("G-M6", "nextn_predict_layers");
    if (extra.has_value() && *extra > blocks_) {
      Refuse("G-M6", prefix_ + "nextn_predict_layers", "is more than the block count");
    }
    for (const std::string_view suffix : {"attention.sliding_window_pattern"}) {
      const GgufValue* value = header_.Find(prefix_ + std::string(suffix));
      if (value != nullptr && value->type == GgufType::kArray && value->count != blocks_) {
        Refuse("G-M6", value->key,
               "has " + std::to_string(value->count) + " elements for " + std::to_string(blocks_) +
                   " blocks");
      }
    }
    for (const GgufTensor& tensor : header_.tensors) {
      if (!tensor.name.starts_with("blk.")) continue;
      const std::string_view rest = std::string_view(tensor.name).substr(4);
      const std::size_t end = rest.find('.');
      std::uint64_t block = kMaxBlocks;
      if (end != std::string_view::npos && end >= 1 && end <= 3 &&
          std::ranges::all_of(rest.substr(0, end), [](char c) { return c >= '0' && c <= '9'; })) {
        block = std::stoul(std::string(rest.substr(0, end)));
      }
      if (block >= blocks_) {
        findings_->Add("G-M6", {.offset = tensor.info_offset, .tensor = tensor.name},
                       "the tensor belongs to no block; there are " + std::to_string(blocks_));
        is_good_ = false;
        return;
      }
    }
  }

  void CheckHeads() {
    const std::vector<double> heads = PerBlock("G-M7", "attention.head_count");
    const std::vector<double> kv_heads = PerBlock("G-M7", "attention.head_count_kv");
    const bool may_lack = architecture_->may_lack_heads;
    const auto in_range = [&](const std::vector<double>& counts, double least) {
      return std::ranges::all_of(
          counts, [&](double count) { return count >= least && count <= kMaxHeads; });
    };
    if (!in_range(heads, may_lack || heads.size() > 1 ? 0 : 1)) {
      Refuse("G-M7", prefix_ + "attention.head_count", "is not 1 to 4,096");
      return;
    }
    if (!in_range(kv_heads, may_lack || kv_heads.size() > 1 ? 0 : 1)) {
      Refuse("G-M7", prefix_ + "attention.head_count_kv", "is not 1 to 4,096");
      return;
    }
    const std::size_t count =
        heads.empty() || kv_heads.empty() ? 0 : std::max(heads.size(), kv_heads.size());
    for (std::size_t i = 0; i < count; ++i) {
      const double all = heads.size() == 1 ? heads[0] : heads[i];
      const double kv = kv_heads.size() == 1 ? kv_heads[0] : kv_heads[i];
      if (kv > 0 && std::fmod(all, kv) != 0) {
        Refuse("G-M7", prefix_ + "attention.head_count_kv",
               Show(kv) + " does not divide " + Show(all) + " heads");
        return;
      }
    }
    // Without its own key, a head's length is embedding / heads.
    const auto embedding = header_.FindU32(prefix_ + "embedding_length");
    if (embedding.has_value() && heads.size() == 1 && heads[0] > static_cast<double>(*embedding)) {
      Refuse("G-M7", prefix_ + "attention.head_count", "is more than the embedding length");
    }
  }

  // As the engine asserts (llama-model.cpp), which would end its process.
  void CheckExperts() {
    const std::uint64_t experts = Count("G-M7", "expert_count").value_or(0);
    if (experts > kMaxExperts) {
      Refuse("G-M7", prefix_ + "expert_count", "is " + std::to_string(experts));
      return;
    }
    double used = 0;
    for (const double value : PerBlock("G-M7", "expert_used_count")) used = std::max(used, value);
    if (used > static_cast<double>(experts) || (experts > 0 && used == 0)) {
      Refuse("G-M7", prefix_ + "expert_used_count",
             "is " + Show(used) + " of " + std::to_string(experts) + " experts");
    }
    const auto groups = Count("G-M7", "expert_group_count");
    const auto used_groups = Count("G-M7", "expert_group_used_count");
    if (!groups.has_value() || *groups == 0) return;
    const bool is_split = *groups > 1;
    if (*groups >= std::max<std::uint64_t>(experts, 1) ||
        (is_split &&
         (experts % *groups != 0 || used_groups.value_or(0) == 0 || *used_groups >= *groups))) {
      Refuse("G-M7", prefix_ + "expert_group_count",
             std::to_string(*groups) + " groups do not divide " + std::to_string(experts) +
                 " experts");
    }
  }

  void CheckWidths() {
    const auto embedding = Count("G-M8", "embedding_length");
    if (!embedding.has_value() || *embedding < 1 || static_cast<double>(*embedding) > kMaxWidth) {
      Refuse("G-M8", prefix_ + "embedding_length", "is missing or not 1 to 2^24");
      return;
    }
    const std::vector<double> widths = PerBlock("G-M8", "feed_forward_length");
    for (const double width : widths) {
      if (width > kMaxWidth ||
          width < (widths.size() > 1 || architecture_->may_lack_heads ? 0 : 1)) {
        Refuse("G-M8", prefix_ + "feed_forward_length", "is not 1 to 2^24");
        break;
      }
    }
    const auto context = Count("G-M8", "context_length");
    if (!context.has_value() || *context < 1 || *context > kMaxContext) {
      Refuse("G-M8", prefix_ + "context_length", "is missing or not 1 to 2^27");
    }
    for (const std::string_view suffix :
         {"attention.key_length", "attention.value_length", "rope.dimension_count",
          "attention.key_length_swa", "attention.value_length_swa", "rope.dimension_count_swa"}) {
      const auto length = Count("G-M8", suffix);
      if (length.has_value() && *length > *embedding) {
        Refuse("G-M8", prefix_ + std::string(suffix),
               "is " + std::to_string(*length) + ", more than the embedding length");
      }
    }
    CheckRotation(*embedding);
    for (const std::string_view suffix : {"attention.key_length", "attention.value_length"}) {
      if (header_.FindU32(prefix_ + std::string(suffix)) == 0) {
        Refuse("G-M8", prefix_ + std::string(suffix), "is 0");
      }
    }
  }

  // These architectures rotate whole heads, and the engine insists (llama-model.cpp, "invalid
  // n_rot").
  void CheckRotation(std::uint64_t embedding) {
    const auto name = architecture_->name;
    if (name != "llama" && name != "deci" && name != "falcon" && name != "llama-embed") return;
    const auto rotation = header_.FindU32(prefix_ + "rope.dimension_count");
    std::optional<std::uint64_t> heads = header_.FindU32(prefix_ + "attention.head_count");
    if (!rotation.has_value() || heads.value_or(0) == 0) return;
    const auto key = header_.FindU32(prefix_ + "attention.key_length").value_or(embedding / *heads);
    if (*rotation != key) {
      Refuse("G-M8", prefix_ + "rope.dimension_count",
             "is " + std::to_string(*rotation) + ", the heads have " + std::to_string(key));
    }
  }

  void CheckFloats() {
    struct Range {
      std::string_view suffix;
      double least;
      double most;
    };
    // BERT's own epsilon is 1e-12, so the lower end lies below it.
    static constexpr Range kRanges[] = {
        {"attention.layer_norm_epsilon", 1e-13, 1e-1},
        {"attention.layer_norm_rms_epsilon", 1e-13, 1e-1},
        {"attention.group_norm_epsilon", 1e-13, 1e-1},
        {"rope.freq_base", 1, 1e9},
        {"rope.freq_base_swa", 1, 1e9},
        {"rope.scale_linear", 1e-6, 1e6},
        {"rope.scaling.factor", 1e-6, 1e6},
        {"rope.scaling.attn_factor", 1e-6, 1e6},
        {"attention.scale", 1e-6, 1e6},
        {"logit_scale", 1e-6, 1e6},
        {"residual_scale", 1e-6, 1e6},
        {"embedding_scale", 1e-6, 1e6},
    };
    for (const GgufValue& value : header_.values) {
      const auto* number = std::get_if<double>(&value.value);
      if (number != nullptr && !std::isfinite(*number)) {
        Refuse("G-M11", value.key, "is not a finite number");
        continue;
      }
      const auto* numbers = std::get_if<std::vector<double>>(&value.value);
      if (numbers != nullptr && value.key.starts_with(prefix_) &&
          !std::ranges::all_of(*numbers, [](double element) { return std::isfinite(element); })) {
        Refuse("G-M11", value.key, "holds a number that is not finite");
      }
      if (number == nullptr || !value.key.starts_with(prefix_)) continue;
      const std::string_view suffix = std::string_view(value.key).substr(prefix_.size());
      for (const Range& range : kRanges) {
        if (suffix == range.suffix && value.type != GgufType::kF32) {
          Refuse("G-M11", value.key, "is not an f32");
        } else if (suffix == range.suffix && (*number < range.least || *number > range.most)) {
          Refuse("G-M11", value.key, "is " + std::to_string(*number) + ", out of range");
        }
      }
    }
  }

  const GgufHeader& header_;
  Findings* findings_;
  const EngineArchitecture* architecture_ = nullptr;
  std::string prefix_;
  std::uint64_t blocks_ = 0;
  bool is_good_ = true;
};

}  // namespace

bool CheckGgufMetadata(const GgufHeader& header, Findings* findings) {
  const bool is_good = Checker(header, findings).Run();
  const bool is_vocabulary_good = CheckGgufVocabulary(header, findings);
  return is_good && is_vocabulary_good;
}

}  // namespace secai::quarantine

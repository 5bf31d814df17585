#include "quarantine/scanner/gguf_reader.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "quarantine/scanner/gguf_cursor.h"

namespace secai::quarantine {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr std::string_view kTokensKey = "tokenizer.ggml.tokens";
constexpr std::string_view kScoresKey = "tokenizer.ggml.scores";
constexpr std::string_view kTypesKey = "tokenizer.ggml.token_type";
constexpr std::string_view kMergesKey = "tokenizer.ggml.merges";
constexpr std::string_view kTemplateKey = "tokenizer.chat_template";

std::string_view Text(const Buffer& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool IsTemplateKey(std::string_view key) { return key.starts_with(kTemplateKey); }

bool IsVocabularyKey(std::string_view key) { return key == kTokensKey || key == kMergesKey; }

// G-K3: ASCII segments of letters, digits, '_' and '-', joined by single dots.
bool IsKeyText(std::string_view key) {
  bool is_start = true;
  for (const char c : key) {
    if (c == '.') {
      if (is_start) return false;
      is_start = true;
      continue;
    }
    const bool is_good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!is_good) return false;
    is_start = false;
  }
  return !is_start;
}

// 0 to 255 for a token written <0xHH>, else -1.
std::int16_t ByteValue(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int value = 0;
  for (const char c : token.substr(3, 2)) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && !(c >= 'A' && c <= 'F')) return -1;
    value = value * 16 + (is_digit ? c - '0' : c - 'A' + 10);
  }
  return static_cast<std::int16_t>(value);
}

double SmallFloat(std::uint64_t bits) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

class Reader {
 public:
  Reader(ByteStream* stream, MetadataSink* sink, GgufHeader* header, Findings* findings)
      : cursor_(stream, findings), sink_(sink), header_(header) {}

  bool Run() {
    std::uint64_t tensor_count = 0;
    std::uint64_t value_count = 0;
    if (!Start(&tensor_count, &value_count)) return false;
    for (std::uint64_t i = 0; i < value_count; ++i) {
      if (!ReadValue()) return false;
    }
    if (!FindAlignment()) return false;
    for (std::uint64_t i = 0; i < tensor_count; ++i) {
      if (!ReadTensor()) return false;
    }
    return SkipPadding();
  }

 private:
  bool Start(std::uint64_t* tensor_count, std::uint64_t* value_count) {
    if (cursor_.remaining() < 24) {
      return cursor_.Refuse(
          "G-H3", 0,
          "a GGUF file has at least 24 bytes, this one has " + std::to_string(cursor_.remaining()));
    }
    Buffer magic;
    if (!cursor_.Bytes("G-H1", 4, &magic)) return false;
    if (Text(magic) != "GGUF") return cursor_.Refuse("G-H1", 0, "the magic is not GGUF");
    if (!cursor_.U32("G-H2", &header_->version)) return false;
    if (header_->version != 2 && header_->version != 3) {
      const bool is_swapped = (header_->version & 0xffff) == 0 && header_->version != 0;
      return cursor_.Refuse("G-H2", 4,
                            is_swapped ? "a big-endian file; only little-endian GGUF is accepted"
                                       : "version " + std::to_string(header_->version) +
                                             "; only 2 and 3 are accepted");
    }
    if (!cursor_.Number(8, "G-H4", tensor_count) || !cursor_.Number(8, "G-H5", value_count)) {
      return false;
    }
    if (*tensor_count == 0) return cursor_.Refuse("G-T0", 8, "the file holds no tensor");
    if (*tensor_count > kMaxGgufEntries || *tensor_count > cursor_.remaining() / 24) {
      return cursor_.Refuse("G-H4", 8, std::to_string(*tensor_count) + " tensors");
    }
    if (*value_count == 0 || *value_count > kMaxGgufEntries ||
        *value_count > cursor_.remaining() / 13) {
      return cursor_.Refuse("G-H5", 16, std::to_string(*value_count) + " keys");
    }
    return true;
  }

  // Counts bytes that stay in memory.
  bool Keep(std::uint64_t bytes) {
    kept_bytes_ += bytes;
    if (kept_bytes_ <= kMaxKeptBytes) return true;
    return cursor_.Refuse("F-3", cursor_.position(), "keys and values are larger than 16 MiB");
  }

  bool ReadValue() {
    GgufValue value;
    value.offset = cursor_.position();
    if (!cursor_.String("G-K1", kMaxGgufKeyBytes, &text_)) return false;
    if (text_.empty()) return cursor_.Refuse("G-K2", value.offset, "an empty key");
    if (!IsKeyText(Text(text_))) {
      return cursor_.Refuse(
          "G-K3", value.offset,
          "key " + Name(Text(text_)) + " is not made of ASCII words joined by dots");
    }
    value.key = Text(text_);
    if (!Keep(value.key.size() + sizeof value)) return false;
    if (!keys_.insert(value.key).second) {
      return cursor_.Refuse("G-K4", value.offset, "key " + Name(value.key) + " stands twice");
    }
    std::uint32_t type = 0;
    if (!cursor_.U32("G-K5", &type)) return false;
    if (type >= kGgufTypeCount) {
      return cursor_.Refuse("G-K5", value.offset,
                            "key " + Name(value.key) + " has type " + std::to_string(type));
    }
    value.type = static_cast<GgufType>(type);
    bool is_good = false;
    if (value.type == GgufType::kArray) {
      is_good = ReadArray(&value);
    } else if (value.type == GgufType::kString) {
      is_good = ReadString(&value);
    } else {
      is_good = ReadScalar(&value);
    }
    if (!is_good) return false;
    header_->values.push_back(std::move(value));
    return true;
  }

  bool ReadScalar(GgufValue* value) {
    std::uint64_t bits = 0;
    const std::size_t bytes = GgufTypeBytes(value->type);
    if (!cursor_.Number(bytes, "G-K8", &bits)) return false;
    switch (value->type) {
      case GgufType::kBool:
        if (bits > 1) {
          return cursor_.Refuse("G-K9", value->offset,
                                "key " + Name(value->key) + " holds " + std::to_string(bits));
        }
        value->value = bits == 1;
        break;
      case GgufType::kF32:
        value->value = SmallFloat(bits);
        break;
      case GgufType::kF64:
        value->value = std::bit_cast<double>(bits);
        break;
      case GgufType::kI8:
      case GgufType::kI16:
      case GgufType::kI32:
      case GgufType::kI64: {
        const auto shift = static_cast<unsigned>(64 - 8 * bytes);
        value->value = static_cast<std::int64_t>(bits << shift) >> shift;
        break;
      }
      default:
        value->value = bits;
    }
    return true;
  }

  bool ReadString(GgufValue* value) {
    const bool is_template = IsTemplateKey(value->key);
    if (!cursor_.String("G-K8", is_template ? kMaxTemplateBytes : kMaxStringBytes, &text_)) {
      return false;
    }
    if (!CheckText(*value)) return false;
    if (sink_ != nullptr) sink_->OnValue(value->key, value->offset, text_);
    if (is_template) {
      if (!Keep(text_.size())) return false;
      header_->templates.push_back({value->key, value->offset, std::string(Text(text_))});
    } else if (text_.size() <= kMaxKeptStringBytes) {
      if (!Keep(text_.size())) return false;
      value->value = std::string(Text(text_));
    }
    return true;
  }

  // G-K10, for the string in text_.
  bool CheckText(const GgufValue& value) {
    const std::string_view text = Text(text_);
    if (text.find('\0') != std::string_view::npos) {
      return cursor_.Refuse("G-K10", value.offset, "key " + Name(value.key) + " holds a NUL");
    }
    if (!IsValidUtf8(text)) {
      return cursor_.Refuse("G-K10", value.offset, "key " + Name(value.key) + " is not UTF-8");
    }
    const auto is_control = [](char c) {
      return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f';
    };
    if (IsTemplateKey(value.key) && std::ranges::any_of(text, is_control)) {
      return cursor_.Refuse("G-K10", value.offset,
                            "key " + Name(value.key) + " holds a control character");
    }
    return true;
  }

  bool ReadArray(GgufValue* value) {
    std::uint32_t type = 0;
    if (!cursor_.U32("G-K6", &type) || !cursor_.Number(8, "G-K7", &value->count)) return false;
    if (type >= kGgufTypeCount || type == static_cast<std::uint32_t>(GgufType::kArray)) {
      return cursor_.Refuse(
          "G-K6", value->offset,
          "key " + Name(value->key) + " is an array of type " + std::to_string(type));
    }
    value->element_type = static_cast<GgufType>(type);
    const bool is_text = value->element_type == GgufType::kString;
    const std::uint64_t element_bytes = is_text ? 8 : GgufTypeBytes(value->element_type);
    if (value->count > (is_text ? kMaxArrayStrings : kMaxArrayElements) ||
        value->count > cursor_.remaining() / element_bytes) {
      return cursor_.Refuse(
          "G-K7", value->offset,
          "key " + Name(value->key) + " has " + std::to_string(value->count) + " elements");
    }
    return is_text ? ReadStrings(value) : ReadNumbers(value);
  }

  bool ReadStrings(GgufValue* value) {
    const bool is_tokens = value->key == kTokensKey;
    const bool is_merges = value->key == kMergesKey;
    const std::uint64_t max = IsVocabularyKey(value->key) ? kMaxTokenBytes : kMaxStringBytes;
    for (std::uint64_t i = 0; i < value->count; ++i) {
      const std::uint64_t at = cursor_.position();
      if (!cursor_.String("G-K8", max, &text_)) return false;
      if (is_tokens) {
        header_->vocabulary.byte_values.push_back(ByteValue(Text(text_)));
      } else if (is_merges) {
        CheckMerge(i);
      } else if (!CheckText(*value)) {
        return false;
      }
      if (sink_ != nullptr) sink_->OnElement(value->key, at, text_);
    }
    if (sink_ != nullptr) sink_->OnArrayEnd(value->key);
    return true;
  }

  // A merge is two pieces, neither empty, with one space between them.
  void CheckMerge(std::uint64_t index) {
    const std::string_view merge = Text(text_);
    const std::size_t space = merge.find(' ', 1);
    const bool is_good = !merge.empty() && space != std::string_view::npos &&
                         space + 1 < merge.size() &&
                         merge.find(' ', space + 1) == std::string_view::npos && merge[0] != ' ';
    if (!is_good && !header_->vocabulary.bad_merge.has_value()) {
      header_->vocabulary.bad_merge = index;
    }
  }

  bool ReadNumbers(GgufValue* value) {
    const std::size_t bytes = GgufTypeBytes(value->element_type);
    const bool is_bytes =
        value->element_type == GgufType::kU8 || value->element_type == GgufType::kI8;
    const bool is_kept =
        value->count <= kMaxKeptElements && value->key != kScoresKey && value->key != kTypesKey;
    const bool is_looked_at = is_kept || value->element_type == GgufType::kBool ||
                              value->key == kScoresKey || value->key == kTypesKey;
    std::vector<double> kept;
    if (is_kept && !Keep(value->count * sizeof(double))) return false;
    // Byte arrays are needed whole; others go by in pieces.
    const std::uint64_t piece_elements =
        is_bytes ? std::max<std::uint64_t>(value->count, 1) : kMaxKeptStringBytes / bytes;
    for (std::uint64_t done = 0; done < value->count;) {
      const std::uint64_t count = std::min(piece_elements, value->count - done);
      if (!cursor_.Bytes("G-K7", count * bytes, &text_)) return false;
      if (is_bytes && sink_ != nullptr) sink_->OnValue(value->key, value->offset, text_);
      for (std::uint64_t i = 0; i < (is_looked_at ? count : 0); ++i) {
        double number = 0;
        if (!Element(*value, static_cast<std::size_t>(i) * bytes, &number)) return false;
        if (is_kept) kept.push_back(number);
      }
      done += count;
    }
    if (is_kept) value->value = std::move(kept);
    return true;
  }

  bool Element(const GgufValue& value, std::size_t at, double* number) {
    const std::size_t bytes = GgufTypeBytes(value.element_type);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < bytes; ++i) bits |= std::uint64_t{text_[at + i]} << (8 * i);
    switch (value.element_type) {
      case GgufType::kBool:
        if (bits > 1) {
          return cursor_.Refuse("G-K9", value.offset,
                                "key " + Name(value.key) + " holds " + std::to_string(bits));
        }
        *number = static_cast<double>(bits);
        break;
      case GgufType::kF32:
        *number = SmallFloat(bits);
        break;
      case GgufType::kF64:
        *number = std::bit_cast<double>(bits);
        break;
      case GgufType::kI8:
      case GgufType::kI16:
      case GgufType::kI32:
      case GgufType::kI64: {
        const auto shift = static_cast<unsigned>(64 - 8 * bytes);
        *number = static_cast<double>(static_cast<std::int64_t>(bits << shift) >> shift);
        break;
      }
      default:
        *number = static_cast<double>(bits);
    }
    if (value.key == kScoresKey && !std::isfinite(*number)) {
      header_->vocabulary.has_bad_score = true;
    }
    if (value.key == kTypesKey && header_->vocabulary.types.size() < kMaxArrayStrings) {
      header_->vocabulary.types.push_back(
          *number >= 0 && *number <= 6 ? static_cast<std::uint8_t>(*number) : std::uint8_t{255});
    }
    return true;
  }

  bool FindAlignment() {
    const GgufValue* value = header_->Find("general.alignment");
    if (value == nullptr) return true;
    if (value->type != GgufType::kU32) {
      return cursor_.Refuse("G-A1", value->offset, "general.alignment is not a u32");
    }
    header_->alignment = std::get<std::uint64_t>(value->value);
    const std::string number = std::to_string(header_->alignment);
    if (!std::has_single_bit(header_->alignment)) {
      return cursor_.Refuse("G-A2", value->offset, "alignment " + number + " is no power of two");
    }
    if (header_->alignment < 8 || header_->alignment > 65'536) {
      return cursor_.Refuse("G-A3", value->offset, "alignment " + number);
    }
    return true;
  }

  bool ReadTensor() {
    GgufTensor tensor;
    tensor.info_offset = cursor_.position();
    if (!cursor_.String("G-T1", 63, &text_)) return false;
    const std::string_view name = Text(text_);
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    if (name.empty() || !IsValidUtf8(name) || std::ranges::any_of(name, is_control)) {
      return cursor_.Refuse("G-T1", tensor.info_offset,
                            "tensor name " + Name(name) + " is empty or not plain text", name);
    }
    tensor.name = name;
    if (!names_.insert(tensor.name).second) {
      return cursor_.Refuse("G-T2", tensor.info_offset, "tensor " + Name(name) + " stands twice",
                            name);
    }
    if (!cursor_.U32("G-T3", &tensor.dimension_count)) return false;
    if (tensor.dimension_count < 1 || tensor.dimension_count > 4) {
      return cursor_.Refuse("G-T3", tensor.info_offset,
                            std::to_string(tensor.dimension_count) + " dimensions", tensor.name);
    }
    for (std::uint32_t i = 0; i < tensor.dimension_count; ++i) {
      if (!cursor_.Number(8, "G-H3", &tensor.dimensions[i])) return false;
    }
    if (!cursor_.U32("G-H3", &tensor.type) || !cursor_.Number(8, "G-H3", &tensor.offset))
      return false;
    header_->tensors.push_back(std::move(tensor));
    return true;
  }

  bool SkipPadding() {
    const std::uint64_t end = cursor_.position();
    const std::uint64_t padding =
        (header_->alignment - end % header_->alignment) % header_->alignment;
    if (!cursor_.Bytes("G-H3", padding, &text_)) return false;
    if (std::ranges::any_of(text_, [](std::uint8_t byte) { return byte != 0; })) {
      return cursor_.Refuse("G-T14", end, "the padding before the data section is not zero");
    }
    header_->data_offset = end + padding;
    return true;
  }

  GgufCursor cursor_;
  MetadataSink* sink_;
  GgufHeader* header_;
  Buffer text_;
  std::uint64_t kept_bytes_ = 0;
  std::unordered_set<std::string> keys_;
  std::unordered_set<std::string> names_;
};

}  // namespace

bool ReadGgufHeader(ByteStream* stream, MetadataSink* sink, GgufHeader* header,
                    Findings* findings) {
  return Reader(stream, sink, header, findings).Run();
}

}  // namespace secai::quarantine

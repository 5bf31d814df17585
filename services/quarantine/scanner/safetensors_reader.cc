#include "quarantine/scanner/safetensors_reader.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "quarantine/scanner/gguf_reader.h"
#include "quarantine/scanner/json_bytes.h"

namespace secai::quarantine {
namespace {

using enum Encoding;

// Source: the dtype list of the safetensors format. Packed integers may be anything, so their
// limits of entropy are high; packed 4-bit weights with equal shares come close to random.
constexpr auto kTypes = std::to_array<SafetensorsType>({
    {"F4", 4, kOpaque, 7.96},          {"F6_E2M3", 6, kOpaque, 7.97},
    {"F6_E3M2", 6, kOpaque, 7.97},     {"BOOL", 8, kBool, 7.90},
    {"U8", 8, kOpaque, 7.985},         {"I8", 8, kOpaque, 7.96},
    {"F8_E5M2", 8, kF8E5m2, 7.90},     {"F8_E4M3", 8, kF8E4m3, 7.93},
    {"F8_E8M0", 8, kE8m0, 7.90},       {"F8_E4M3FNUZ", 8, kF8Fnuz, 7.93},
    {"F8_E5M2FNUZ", 8, kF8Fnuz, 7.90}, {"I16", 16, kOpaque, 7.97},
    {"U16", 16, kOpaque, 7.97},        {"F16", 16, kF16, 7.90},
    {"BF16", 16, kBf16, 7.50},         {"I32", 32, kOpaque, 7.985},
    {"U32", 32, kOpaque, 7.985},       {"F32", 32, kF32, 7.90},
    {"I64", 64, kOpaque, 7.97},        {"U64", 64, kOpaque, 7.97},
    {"F64", 64, kF64, 7.97},           {"C64", 64, kF32, 7.90},
});

constexpr unsigned __int128 kMaxBits = static_cast<unsigned __int128>(1) << 66;

class Reader {
 public:
  Reader(ByteStream* stream, MetadataSink* sink, SafetensorsHeader* header, Findings* findings)
      : stream_(stream), sink_(sink), header_(header), findings_(findings) {}

  bool Run() {
    std::uint64_t length = 0;
    if (!ReadLength(&length)) return false;
    JsonBytes json(stream_, length, findings_);
    json_ = &json;
    header_->data_offset = 8 + length;
    data_bytes_ = stream_->size() - header_->data_offset;
    if (json.Peek() == 0xef) return json.Refuse("S-J1", "a byte-order mark");
    if (json.Peek() != '{') return json.Refuse("S-J3", "the header does not start with {");
    if (!ReadRoot() || !json.ExpectPadding()) return false;
    if (header_->tensors.empty()) {
      findings_->Add("S-T0", {.offset = 8}, "the file holds no tensor");
      return false;
    }
    return CheckLayout();
  }

 private:
  bool Refuse(std::string_view rule, std::uint64_t offset, std::string_view reason,
              std::string_view tensor = {}) {
    findings_->Add(rule, {.offset = offset, .tensor = tensor}, reason);
    return false;
  }

  bool ReadLength(std::uint64_t* length) {
    if (stream_->size() < 10) {
      return Refuse("S-H1", 0, "the file has " + std::to_string(stream_->size()) + " bytes");
    }
    std::array<std::uint8_t, 8> raw = {};
    if (const auto read = stream_->ReadExact(raw); !read.has_value()) {
      return Refuse("F-1", 0, read.error().message);
    }
    for (std::size_t i = 0; i < raw.size(); ++i) *length |= std::uint64_t{raw[i]} << (8 * i);
    const std::string text = "a header of " + std::to_string(*length) + " bytes";
    if (*length < 2) return Refuse("S-H2", 0, text);
    if (*length > kMaxSafetensorsHeaderBytes) return Refuse("S-H3", 0, text);
    if (*length > stream_->remaining()) {
      return Refuse("S-H4", 0,
                    text + ", the file has " + std::to_string(stream_->remaining()) + " left");
    }
    return true;
  }

  bool Keep(std::size_t bytes) {
    kept_bytes_ += bytes;
    return kept_bytes_ <= kMaxKeptBytes || json_->Refuse("F-3", "names are larger than 16 MiB");
  }

  bool ReadRoot() {
    json_->Drop();
    json_->SkipSpace();
    if (json_->Peek() == '}') {
      json_->Drop();
      return true;
    }
    std::unordered_set<std::string> names;
    while (true) {
      std::string name;
      if (!json_->String("S-J7", kMaxSafetensorNameBytes, &name)) return false;
      if (!names.insert(name).second)
        return json_->Refuse("S-J5", "key " + Name(name) + " stands twice");
      if (!Keep(name.size() + 64) || !json_->Expect(':')) return false;
      if (name == "__metadata__") {
        if (!ReadMetadata()) return false;
      } else if (!ReadTensor(std::move(name))) {
        return false;
      }
      json_->SkipSpace();
      const int next = json_->Peek();
      if (next != ',' && next != '}') return json_->Refuse("S-J2", "expected , or }");
      json_->Drop();
      if (next == '}') return true;
    }
  }

  bool ReadMetadata() {
    json_->SkipSpace();
    if (json_->Peek() != '{') return json_->Refuse("S-M1", "__metadata__ is not an object");
    json_->Drop();
    json_->SkipSpace();
    if (json_->Peek() == '}') {
      json_->Drop();
      return true;
    }
    std::unordered_set<std::string> keys;
    std::size_t total = 0;
    while (true) {
      std::string key;
      std::string value;
      const std::uint64_t at = json_->position();
      if (!json_->String("S-M1", kMaxSafetensorNameBytes, &key) || !json_->Expect(':'))
        return false;
      json_->SkipSpace();
      if (json_->Peek() != '"') return json_->Refuse("S-M1", "a value that is not a string");
      if (!json_->String("S-M1", kMaxMetadataValueBytes, &value)) return false;
      total += key.size() + value.size();
      if (total > kMaxMetadataBytes) return json_->Refuse("S-M1", "metadata of more than 16 MiB");
      if (!keys.insert(key).second)
        return json_->Refuse("S-J5", "key " + Name(key) + " stands twice");
      if (sink_ != nullptr) {
        sink_->OnValue(key, at,
                       {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
      }
      json_->SkipSpace();
      const int next = json_->Peek();
      if (next != ',' && next != '}') return json_->Refuse("S-J2", "expected , or }");
      json_->Drop();
      if (next == '}') return true;
    }
  }

  bool ReadTensor(std::string name) {
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    if (name.empty() || std::ranges::any_of(name, is_control)) {
      return json_->Refuse("S-J7", "tensor name " + Name(name));
    }
    if (header_->tensors.size() == kMaxSafetensors) {
      return json_->Refuse("S-J6", "more than 250,000 tensors");
    }
    json_->SkipSpace();
    if (json_->Peek() != '{') return json_->Refuse("S-T1", "the tensor is not an object", name);
    json_->Drop();
    Safetensor tensor;
    tensor.name = std::move(name);
    shape_.clear();
    bool has_shape = false;
    bool has_offsets = false;
    for (int i = 0; i < 3; ++i) {
      std::string key;
      if (!ExpectMember(i > 0, tensor.name)) return false;
      if (!json_->String("S-T1", 64, &key) || !json_->Expect(':')) return false;
      bool* const has = key == "shape" ? &has_shape : &has_offsets;
      if (key == "dtype") {
        if (tensor.type != nullptr) return json_->Refuse("S-J5", "dtype stands twice", tensor.name);
        if (!ReadType(&tensor)) return false;
      } else if (key == "shape" || key == "data_offsets") {
        if (*has) return json_->Refuse("S-J5", Name(key) + " stands twice", tensor.name);
        *has = true;
        if (!(key == "shape" ? ReadShape(tensor.name) : ReadOffsets(&tensor))) return false;
      } else {
        return json_->Refuse("S-T1", "unknown member " + Name(key), tensor.name);
      }
    }
    json_->SkipSpace();
    if (json_->Peek() != '}') {
      return json_->Refuse("S-T1", "more than dtype, shape and data_offsets", tensor.name);
    }
    json_->Drop();
    return CheckTensor(std::move(tensor));
  }

  bool ExpectMember(bool has_comma, std::string_view tensor) {
    json_->SkipSpace();
    if (json_->Peek() == '}') {
      return json_->Refuse("S-T1", "less than dtype, shape and data_offsets", tensor);
    }
    return !has_comma || json_->Expect(',');
  }

  bool ReadType(Safetensor* tensor) {
    std::string text;
    json_->SkipSpace();
    if (json_->Peek() != '"') return json_->Refuse("S-T1", "dtype is not a string", tensor->name);
    if (!json_->String("S-T1", 64, &text)) return false;
    tensor->type = FindSafetensorsType(text);
    return tensor->type != nullptr || json_->Refuse("S-T1", "dtype " + Name(text), tensor->name);
  }

  bool ReadShape(std::string_view tensor) {
    json_->SkipSpace();
    if (json_->Peek() != '[') return json_->Refuse("S-T2", "shape is not an array", tensor);
    json_->Drop();
    json_->SkipSpace();
    if (json_->Peek() == ']') {
      json_->Drop();
      return true;
    }
    while (true) {
      if (shape_.size() == kMaxSafetensorRank) return json_->Refuse("S-T2", "rank over 32", tensor);
      std::uint64_t dimension = 0;
      if (!json_->Integer("S-T2", kMaxPlainInteger, &dimension)) return false;
      shape_.push_back(dimension);
      json_->SkipSpace();
      const int next = json_->Peek();
      if (next != ',' && next != ']') return json_->Refuse("S-J2", "expected , or ]");
      json_->Drop();
      if (next == ']') return true;
    }
  }

  bool ReadOffsets(Safetensor* tensor) {
    json_->SkipSpace();
    if (json_->Peek() != '[')
      return json_->Refuse("S-O1", "data_offsets is not an array", tensor->name);
    json_->Drop();
    constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 62;
    if (!json_->Integer("S-O1", kMaxOffset, &tensor->begin)) return false;
    json_->SkipSpace();
    if (json_->Peek() != ',') return json_->Refuse("S-O1", "not two offsets", tensor->name);
    json_->Drop();
    if (!json_->Integer("S-O1", kMaxOffset, &tensor->end)) return false;
    json_->SkipSpace();
    if (json_->Peek() != ']') return json_->Refuse("S-O1", "not two offsets", tensor->name);
    json_->Drop();
    return true;
  }

  bool CheckTensor(Safetensor tensor) {
    if (tensor.begin > tensor.end || tensor.end > data_bytes_) {
      return json_->Refuse("S-O2",
                           "bytes " + std::to_string(tensor.begin) + " to " +
                               std::to_string(tensor.end) + " of " + std::to_string(data_bytes_),
                           tensor.name);
    }
    unsigned __int128 bits = tensor.type->bits;
    for (const std::uint64_t dimension : shape_) {
      if (dimension == 0) bits = 0;
    }
    for (const std::uint64_t dimension : shape_) {
      if (bits == 0) break;
      bits *= dimension;  // At most 2^66 * 2^53.
      if (bits > kMaxBits) return json_->Refuse("S-T3", "the size overflows", tensor.name);
    }
    if (bits % 8 != 0) return json_->Refuse("S-T4", "not a whole number of bytes", tensor.name);
    if (bits / 8 != tensor.end - tensor.begin) {
      return json_->Refuse("S-O3",
                           "the offsets give " + std::to_string(tensor.end - tensor.begin) +
                               " bytes, dtype and shape another number",
                           tensor.name);
    }
    tensor.elements = static_cast<std::uint64_t>(bits / tensor.type->bits);
    std::string line = tensor.name + " " + std::string(tensor.type->name) + " ";
    for (const std::uint64_t dimension : shape_) line += std::to_string(dimension) + ",";
    line += "\n";
    if (!Keep(line.size())) return false;
    header_->shapes += line;
    header_->tensors.push_back(std::move(tensor));
    return true;
  }

  bool CheckLayout() {
    auto& tensors = header_->tensors;
    std::ranges::sort(tensors, {}, [](const Safetensor& tensor) {
      return std::tuple(tensor.begin, tensor.end, std::string_view(tensor.name));
    });
    std::uint64_t end = 0;
    for (const Safetensor& tensor : tensors) {
      if (tensor.begin < end) {
        return Refuse("S-O4", header_->data_offset + tensor.begin,
                      "the tensor begins inside the one before it", tensor.name);
      }
      if (tensor.begin > end) {
        return Refuse("S-O5", header_->data_offset + end,
                      std::to_string(tensor.begin - end) + " bytes before it belong to no tensor",
                      tensor.name);
      }
      end = tensor.end;
    }
    if (end != data_bytes_) {
      return Refuse("S-O6", header_->data_offset + end,
                    std::to_string(data_bytes_ - end) + " bytes follow the last tensor");
    }
    return true;
  }

  ByteStream* stream_;
  MetadataSink* sink_;
  SafetensorsHeader* header_;
  Findings* findings_;
  JsonBytes* json_ = nullptr;
  std::vector<std::uint64_t> shape_;
  std::uint64_t data_bytes_ = 0;
  std::uint64_t kept_bytes_ = 0;
};

}  // namespace

const SafetensorsType* FindSafetensorsType(std::string_view name) {
  const auto* const found = std::ranges::find(kTypes, name, &SafetensorsType::name);
  return found == kTypes.end() ? nullptr : found;
}

bool ReadSafetensorsHeader(ByteStream* stream, MetadataSink* sink, SafetensorsHeader* header,
                           Findings* findings) {
  return Reader(stream, sink, header, findings).Run();
}

}  // namespace secai::quarantine

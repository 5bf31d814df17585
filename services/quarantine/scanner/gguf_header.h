#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quarantine/scanner/gguf_format.h"

namespace secai::quarantine {

// One metadata key and what is kept of its value.
struct GgufValue {
  std::string key;
  GgufType type = GgufType::kU8;
  GgufType element_type = GgufType::kU8;  // Of an array.
  std::uint64_t count = 1;                // Elements of an array.
  std::uint64_t offset = 0;               // Of the key in the file.
  // A scalar; a string of at most kMaxKeptStringBytes; the elements of a numeric array of at most
  // kMaxKeptElements. Nothing for what is longer.
  std::variant<std::monostate, std::uint64_t, std::int64_t, double, bool, std::string,
               std::vector<double>>
      value;
};

inline constexpr std::size_t kMaxKeptStringBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxKeptElements = 4096;

struct GgufTensor {
  std::string name;  // 1 to 63 bytes.
  std::uint32_t dimension_count = 0;
  std::array<std::uint64_t, 4> dimensions = {1, 1, 1, 1};
  std::uint32_t type = 0;
  std::uint64_t offset = 0;       // In the data section.
  std::uint64_t info_offset = 0;  // Of this entry in the file.
  std::uint64_t bytes = 0;        // Set by CheckGgufTensors().
};

// What the rules about the vocabulary need, gathered while its arrays stream by.
struct GgufVocabulary {
  // Value of each token that is written <0xHH> (0 to 255), else -1. One entry a token.
  std::vector<std::int16_t> byte_values;
  std::vector<std::uint8_t> types;  // Token types; one over 6 is stored as 255.
  std::optional<std::uint64_t>
      bad_merge;               // Index of the first merge without exactly one separator.
  bool has_bad_score = false;  // NaN or infinite.
};

struct ChatTemplate {
  std::string key;
  std::uint64_t offset = 0;
  std::string text;
};

// All that is kept of a GGUF header. Memory: bounded by the limits of gguf_reader.h.
struct GgufHeader {
  std::uint32_t version = 0;
  std::uint64_t alignment = 32;
  std::uint64_t data_offset = 0;  // Where the data section starts in the file.
  std::vector<GgufValue> values;
  std::vector<GgufTensor> tensors;
  GgufVocabulary vocabulary;
  std::vector<ChatTemplate> templates;

  const GgufValue* Find(std::string_view key) const;
  // The value if the key exists and has exactly this type (the engine converts nothing).
  std::optional<std::uint64_t> FindU32(std::string_view key) const;
  std::optional<std::string_view> FindString(std::string_view key) const;
};

}  // namespace secai::quarantine

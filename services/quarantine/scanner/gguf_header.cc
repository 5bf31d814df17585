#include "quarantine/scanner/gguf_header.h"

#include <algorithm>

namespace secai::quarantine {

const GgufValue* GgufHeader::Find(std::string_view key) const {
  const auto found = std::ranges::find(values, key, &GgufValue::key);
  return found == values.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> GgufHeader::FindU32(std::string_view key) const {
  const GgufValue* value = Find(key);
  if (value == nullptr || value->type != GgufType::kU32) return std::nullopt;
  return std::get<std::uint64_t>(value->value);
}

std::optional<std::string_view> GgufHeader::FindString(std::string_view key) const {
  const GgufValue* value = Find(key);
  if (value == nullptr) return std::nullopt;
  const auto* text = std::get_if<std::string>(&value->value);
  if (text == nullptr) return std::nullopt;
  return *text;
}

}  // namespace secai::quarantine

#include "quarantine/scanner/gguf_cursor.h"

#include <array>

#include "quarantine/scanner/gguf_reader.h"

namespace secai::quarantine {

bool GgufCursor::Refuse(std::string_view rule, std::uint64_t offset, std::string_view reason,
                        std::string_view tensor) {
  findings_->Add(rule, {.offset = offset, .tensor = tensor}, reason);
  return false;
}

bool GgufCursor::Fill(std::string_view rule, std::span<std::uint8_t> into) {
  if (into.size() > remaining()) {
    return Refuse(rule, position(),
                  "needs " + std::to_string(into.size()) + " bytes, the file has " +
                      std::to_string(remaining()) + " left");
  }
  if (into.size() > kMaxHeaderBytes || position() > kMaxHeaderBytes - into.size()) {
    return Refuse("G-H3", position(), "the header is larger than 256 MiB");
  }
  const auto read = stream_->ReadExact(into);
  if (!read.has_value()) return Refuse("F-1", position(), read.error().message);
  return true;
}

bool GgufCursor::Number(std::size_t bytes, std::string_view rule, std::uint64_t* value) {
  std::array<std::uint8_t, 8> raw = {};
  if (!Fill(rule, std::span(raw).first(bytes))) return false;
  *value = 0;
  for (std::size_t i = 0; i < bytes; ++i) *value |= std::uint64_t{raw[i]} << (8 * i);
  return true;
}

bool GgufCursor::U32(std::string_view rule, std::uint32_t* value) {
  std::uint64_t number = 0;
  if (!Number(4, rule, &number)) return false;
  *value = static_cast<std::uint32_t>(number);
  return true;
}

bool GgufCursor::String(std::string_view rule, std::uint64_t max, std::vector<std::uint8_t>* text) {
  const std::uint64_t at = position();
  std::uint64_t length = 0;
  if (!Number(8, rule, &length)) return false;
  if (length > remaining()) {
    return Refuse(rule, at,
                  "a string of " + std::to_string(length) + " bytes, the file has " +
                      std::to_string(remaining()) + " left");
  }
  if (length > max) {
    return Refuse(
        rule, at,
        "a string of " + std::to_string(length) + " bytes, the limit is " + std::to_string(max));
  }
  return Bytes(rule, length, text);
}

bool GgufCursor::Bytes(std::string_view rule, std::uint64_t count,
                       std::vector<std::uint8_t>* bytes) {
  if (count > remaining()) {
    return Refuse(rule, position(),
                  "needs " + std::to_string(count) + " bytes, the file has " +
                      std::to_string(remaining()) + " left");
  }
  bytes->resize(static_cast<std::size_t>(count));
  return Fill(rule, *bytes);
}

}  // namespace secai::quarantine

#include "quarantine/template/utf8.h"

namespace secai::quarantine {
namespace {

bool IsScalar(std::uint32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

}  // namespace

bool AppendUtf8(std::uint32_t code, std::string* out) {
  if (!IsScalar(code)) return false;
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
    return true;
  }
  std::size_t length = 2;
  if (code >= 0x10000) {
    length = 4;
  } else if (code >= 0x800) {
    length = 3;
  }
  const std::uint32_t lead = length == 2 ? 0xC0 : (length == 3 ? 0xE0 : 0xF0);
  out->push_back(static_cast<char>(lead | (code >> (6 * (length - 1)))));
  for (std::size_t rest = length - 1; rest > 0; --rest) {
    out->push_back(static_cast<char>(0x80 | ((code >> (6 * (rest - 1))) & 0x3F)));
  }
  return true;
}

Utf8Step DecodeUtf8(std::string_view text, std::size_t offset) {
  const auto lead = static_cast<unsigned char>(text[offset]);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t smallest = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2, code = lead & 0x1FU, smallest = 0x80;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3, code = lead & 0x0FU, smallest = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4, code = lead & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  if (length > text.size() - offset) return {};
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[offset + i]);
    if ((byte & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte & 0x3FU);
  }
  if (code < smallest || !IsScalar(code)) return {};
  return {code, length};
}

}  // namespace secai::quarantine

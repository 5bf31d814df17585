#include "quarantine/template/text_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/utf8.h"
#include "quarantine/template/names.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxRun = 80;      // T-7; none in the census.
constexpr std::size_t kMinDecoded = 16;  // Characters of a run worth decoding.

struct CodeRange {
  char32_t first;
  char32_t last;
  const char* what;
};

// Source: rule T-6; names after the Unicode Standard, chapter 23 (special areas and format
// characters).
constexpr std::array<CodeRange, 17> kForbidden = {{
    {0x00, 0x08, "control character"},
    {0x0B, 0x0C, "control character"},
    {0x0E, 0x1F, "control character"},
    {0x7F, 0x9F, "control character"},
    {0xAD, 0xAD, "soft hyphen"},
    {0x061C, 0x061C, "bidirectional control"},
    {0x180E, 0x180E, "invisible separator"},
    {0x200B, 0x200D, "zero-width character"},
    {0x200E, 0x200F, "bidirectional control"},
    {0x2028, 0x2029, "line separator"},
    {0x202A, 0x202E, "bidirectional control"},
    {0x2060, 0x2064, "zero-width character"},
    {0x2066, 0x2069, "bidirectional control"},
    {0xFEFF, 0xFEFF, "byte-order mark"},
    {0xE000, 0xF8FF, "private-use character"},
    {0xE0000, 0xE01EF, "tag or variation selector"},
    {0xF0000, 0x10FFFF, "private-use character"},
}};

const char* ForbiddenCode(char32_t code) {
  for (const CodeRange& range : kForbidden) {
    if (code >= range.first && code <= range.last) return range.what;
  }
  return nullptr;
}

void CheckCharacters(std::string_view text, std::size_t fixed_offset, bool is_literal,
                     TemplateFindings* findings) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = NextUtf8(text.substr(at));
    const std::size_t offset = is_literal ? fixed_offset : at;
    if (step.kind != Utf8Step::Kind::kValid)
      return findings->Gate("T-6", offset, "text is not UTF-8");
    if (const char* what = ForbiddenCode(step.code_point)) {
      findings->Gate("T-6", offset, std::string(what) + " in the text");
    }
    at += step.bytes;
  }
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool IsBase64(char c) { return IsAlphanumeric(c) || c == '+' || c == '/' || c == '-' || c == '_'; }

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' || c == '-' ? 62 : 63;
}

std::string DecodeBase64(std::string_view run) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    bits = (bits << 6) | static_cast<std::uint32_t>(Base64Value(c));
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>((bits >> count) & 0xFF));
    }
  }
  return out;
}

std::optional<std::string> DecodeHex(std::string_view run) {
  std::string out;
  int high = -1;
  for (const char c : run) {
    int value = -1;
    if (c >= '0' && c <= '9') value = c - '0';
    if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
    if (value < 0) return std::nullopt;
    if (high < 0) {
      high = value;
    } else {
      out.push_back(static_cast<char>(high * 16 + value));
      high = -1;
    }
  }
  return out;
}

bool IsHostileText(std::string_view text) {
  return FindActiveContent(text) != nullptr || ContainsDunder(text) ||
         text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos;
}

void CheckRun(std::string_view run, std::size_t offset, TemplateFindings* findings) {
  // A ruler of dashes or a long_name_of_words is no code.
  const auto letters =
      static_cast<std::size_t>(std::count_if(run.begin(), run.end(), IsAlphanumeric));
  if (run.size() >= kMaxRun && letters * 2 >= run.size()) {
    return findings->Gate("T-7", offset,
                          "run of " + std::to_string(run.size()) + " base64 characters");
  }
  if (run.size() < kMinDecoded) return;
  const auto hex = DecodeHex(run);
  // The run may begin one to three characters early: words stand right before it.
  bool is_hostile = hex.has_value() && IsHostileText(*hex);
  for (std::size_t skip = 0; skip < 4 && !is_hostile; ++skip) {
    is_hostile = IsHostileText(DecodeBase64(run.substr(skip)));
  }
  if (is_hostile) findings->Gate("T-7", offset, "encoded text hides active content");
}

void CheckRuns(std::string_view text, std::size_t fixed_offset, bool is_literal,
               TemplateFindings* findings) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && IsBase64(text[end])) ++end;
    if (end > at) CheckRun(text.substr(at, end - at), is_literal ? fixed_offset : at, findings);
    at = std::max(end, at + 1);
  }
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool HasAddress(std::string_view text) {
  // Four numbers of at most 255 with dots between them, and no digit or dot around.
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    int numbers = 0;
    int digits = 0;
    int value = 0;
    bool is_valid = true;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) {
      if (text[end] == '.') {
        is_valid = is_valid && digits > 0 && value <= 255;
        ++numbers, digits = 0, value = 0;
      } else {
        ++digits;
        value = std::min(1000, value * 10 + (text[end] - '0'));
      }
      ++end;
    }
    if (is_valid && numbers == 3 && digits > 0 && value <= 255) return true;
    if (is_valid && numbers == 4 && digits == 0) return true;  // A full stop behind it.
    at = std::max(end, at + 1);
  }
  return false;
}

}  // namespace

const char* FindActiveContent(std::string_view text) {
  struct Pattern {
    std::string_view text;
    const char* what;
  };
  static constexpr std::array<Pattern, 14> kPatterns = {{
      {"http://", "URL"},
      {"https://", "URL"},
      {"ftp://", "URL"},
      {"ws://", "URL"},
      {"wss://", "URL"},
      {"www.", "URL"},
      {"<script", "HTML that runs"},
      {"<img", "HTML that loads"},
      {"<iframe", "HTML that loads"},
      {"javascript:", "javascript: URL"},
      {"vbscript:", "vbscript: URL"},
      {"data:text/", "data: URL"},
      {"data:image/", "data: URL"},
      {"data:application/", "data: URL"},
  }};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  for (const Pattern& pattern : kPatterns) {
    if (lower.find(pattern.text) != std::string::npos) return pattern.what;
  }
  return HasAddress(lower) ? "IP address" : nullptr;
}

void CheckText(std::string_view text, TemplateFindings* findings) {
  CheckCharacters(text, 0, /*is_literal=*/false, findings);
  CheckRuns(text, 0, /*is_literal=*/false, findings);
}

void CheckLiterals(const Ast& ast, TemplateFindings* findings) {
  for (const Node& node : ast.nodes) {
    if (node.kind != NodeKind::kString) continue;
    CheckCharacters(node.text, node.offset, /*is_literal=*/true, findings);
    CheckRuns(node.text, node.offset, /*is_literal=*/true, findings);
  }
}

}  // namespace secai::quarantine

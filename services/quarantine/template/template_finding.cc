#include "quarantine/template/template_finding.h"

#include <algorithm>
#include <utility>

namespace secai::quarantine {

void TemplateFindings::Add(std::string_view rule, TemplateClass severity, std::size_t offset,
                           std::string reason) {
  // A gate is never lost to the limit: it takes the place of the last finding.
  const bool first_gate = severity == TemplateClass::kGate && !has_gate_;
  has_gate_ = has_gate_ || severity == TemplateClass::kGate;
  offset = std::min(offset, text_.size());
  for (const TemplateFinding& known : findings_) {
    if (known.rule == rule && known.offset == offset && known.severity == severity) return;
  }
  if (findings_.size() >= kMaxFindings) {
    if (!first_gate) return;
    findings_.pop_back();
  }
  const std::string_view before = text_.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  TemplateFinding finding;
  finding.rule = rule;
  finding.severity = severity;
  finding.offset = offset;
  finding.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  finding.column = newline == std::string_view::npos ? offset + 1 : offset - newline;
  finding.reason = std::move(reason);
  findings_.push_back(std::move(finding));
}

std::string QuoteForReason(std::string_view text) {
  constexpr std::size_t kMaxBytes = 48;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text.substr(0, kMaxBytes)) {
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
      quoted.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      quoted.append("\\x").push_back(kHex[byte >> 4]);
      quoted.push_back(kHex[byte & 15]);
    }
  }
  quoted.append(text.size() > kMaxBytes ? "...\"" : "\"");
  return quoted;
}

}  // namespace secai::quarantine

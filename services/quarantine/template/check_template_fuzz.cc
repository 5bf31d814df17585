// Invariants: the check ends; every finding lies in the text and is printable; a template that
// passes has no name or key with double underscores outside comments and text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "quarantine/template/check_template.h"
#include "quarantine/template/lexer.h"
#include "quarantine/template/names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai::quarantine;  // NOLINT(google-build-using-namespace): a fuzz target.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const TemplateReport report = CheckTemplate(text);
  bool has_gate = false;
  for (const TemplateFinding& finding : report.findings) {
    if (finding.offset > size || finding.line == 0 || finding.column == 0) std::abort();
    if (finding.reason.empty() || finding.rule.empty()) std::abort();
    for (const char c : finding.reason) {
      if (c < 0x20 || c > 0x7E) std::abort();
    }
    has_gate = has_gate || finding.severity == TemplateClass::kGate;
  }
  if (has_gate != report.has_gate || report.findings.size() > TemplateFindings::kMaxFindings) {
    std::abort();
  }
  if (has_gate) return 0;
  const auto tokens = LexTemplate(text);
  if (!tokens.has_value()) std::abort();
  for (const Token& token : *tokens) {
    if (token.kind == TokenKind::kName && IsDunder(token.text)) std::abort();
    if (token.kind == TokenKind::kString && ContainsDunder(token.text)) std::abort();
  }
  return 0;
}

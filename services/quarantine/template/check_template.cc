#include "quarantine/template/check_template.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "quarantine/template/backdoor.h"
#include "quarantine/template/cost.h"
#include "quarantine/template/fold.h"
#include "quarantine/template/name_rules.h"
#include "quarantine/template/parser.h"
#include "quarantine/template/recursion.h"
#include "quarantine/template/text_rules.h"

namespace secai::quarantine {

TemplateReport CheckTemplate(std::string_view text, const TemplateLimits& limits) {
  TemplateFindings findings(text);
  if (text.size() <= limits.max_bytes) CheckText(text, &findings);
  const auto ast = ParseTemplate(text, limits);
  if (!ast.has_value()) {
    findings.Gate(ast.error().rule, ast.error().offset, ast.error().reason);
  } else {
    const Folder folder(&*ast);
    if (!folder.has_settled()) {
      findings.Gate("T-2", 0, "variables depend on each other in too long a chain");
    }
    CheckNames(*ast, folder, &findings);
    const auto recursive = CheckRecursion(*ast, folder, &findings);
    CheckCost(*ast, folder, recursive, &findings);
    CheckLiterals(*ast, &findings);
    CheckBackdoors(*ast, folder, &findings);
  }
  TemplateReport report;
  report.has_gate = findings.has_gate();
  report.findings = findings.Take();
  std::sort(report.findings.begin(), report.findings.end(), [](const auto& a, const auto& b) {
    return std::tie(a.offset, a.rule) < std::tie(b.offset, b.rule);
  });
  return report;
}

}  // namespace secai::quarantine

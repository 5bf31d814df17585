#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "quarantine/template/limits.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {

// What is wrong with one chat template. No finding of class kGate means: it may be used.
struct TemplateReport {
  std::vector<TemplateFinding> findings;  // By offset; at most TemplateFindings::kMaxFindings.
  bool has_gate = false;
};

// Checks one chat template (a subset of Jinja2) against the rules T-1 to T-8.
//
// A positive grammar: what the parser does not know, calls that are on no allow list, keys that
// cannot be told and loops whose cost cannot be bounded are refused, whatever they are for. `text`
// comes from outside. Time and memory are bounded by `limits` (some milliseconds and megabytes at
// the default limits); no recursion on the input beyond limits.max_depth. Source: rule catalogue
// section 6.1. Never fails. Thread-safety: a pure function. Limits of the protection: text that
// only persuades the model is not code; T-5 finds the published forms of it, no more.
TemplateReport CheckTemplate(std::string_view text, const TemplateLimits& limits = {});

}  // namespace secai::quarantine

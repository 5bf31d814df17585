#pragma once

#include "quarantine/template/ast.h"
#include "quarantine/template/fold.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {

// Rules T-1 (names), T-2 (names after folding), T-3b (what may be called), and the part of T-4 that
// needs no cost: format strings, widths, powers.
// Source: rule catalogue section 6.1; CVE-2024-34359 and CVE-2026-5760 are the attacks.
// Thread-safety: a pure function.
void CheckNames(const Ast& ast, const Folder& folder, TemplateFindings* findings);

}  // namespace secai::quarantine

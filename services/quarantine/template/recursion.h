#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "quarantine/template/ast.h"
#include "quarantine/template/fold.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {

// The part of rule T-4 that is about macros calling macros.
//
// A plain ban would be wrong: about one in eight real templates walks tool schemas recursively.
// Allowed is recursion that must end: each recursive call is guarded by a condition or loop over
// the parameters, one argument position descends strictly into the data in every recursive call, no
// two calls of one path visit the same part, and the walk starts at data of the input, not at
// something that the template made (it could be deep or hold itself). Returns the macros that are
// recursive, each with the position of the parameter that descends. Findings: T-4. Thread-safety: a
// pure function. Limits of the protection: a guard that compares the result of another macro is
// taken at its word.
std::map<std::string, std::size_t> CheckRecursion(const Ast& ast, const Folder& folder,
                                                  TemplateFindings* findings);

}  // namespace secai::quarantine

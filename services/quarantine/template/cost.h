#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "quarantine/template/ast.h"
#include "quarantine/template/fold.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {

// The part of rule T-4 that is about loops and growth, by abstract interpretation: every loop,
// value and output gets an upper bound in the size of the input.
//
// Refused are: more than three loops over the input inside each other (a loop over what the loop
// around it gave does not count again); range() over anything but constants up to 1,024, lengths
// and indices; strings times more than 1,024; values that can double in each round of a loop or
// recursion; more copies of the input, or a longer constant text, than kMaxCount allows.
// `recursive` is what CheckRecursion gave: the macros that call themselves, with the parameter that
// descends.
// Thread-safety: a pure function. Time: bounded by a budget of evaluations; over it the template is
// refused as too complex.
void CheckCost(const Ast& ast, const Folder& folder,
               const std::map<std::string, std::size_t>& recursive, TemplateFindings* findings);

}  // namespace secai::quarantine

#pragma once

#include "quarantine/template/ast.h"
#include "quarantine/template/fold.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {

// Rule T-5: the published forms of a back door in a chat template.
//
// (a) active content (URL, address, HTML) in what the template emits is a gate, an e-mail address a
// review; (b) a branch that compares the content of a message with words of a natural language is a
// gate, with one bare word a review; (c) phrases that set the model against its user are a review,
// a gate under such a branch; (d) output that depends on the date is a gate. Markup (<think>,
// /no_think, [TOOL]), roles, field names and words such as "error:" are not language. Source: rule
// catalogue section 6.1, T-5. Thread-safety: a pure function.
void CheckBackdoors(const Ast& ast, const Folder& folder, TemplateFindings* findings);

}  // namespace secai::quarantine

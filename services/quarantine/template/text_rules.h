#pragma once

#include <string_view>

#include "quarantine/template/ast.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {

// Rule T-6 on the whole text, comments included: UTF-8 without invisible, bidirectional,
// private-use and control characters (but \n \r \t), which hide from a reader what a model sees.
// Rule T-7 on the whole text: no run of 80 or more base64 or hexadecimal characters; shorter runs
// are decoded, and text in them that would not pass as it is does not pass encoded. Thread-safety:
// pure functions.
void CheckText(std::string_view text, TemplateFindings* findings);

// The same for strings whose escapes the lexer has decoded ("\u202e").
void CheckLiterals(const Ast& ast, TemplateFindings* findings);

// What a text that reaches the model or the page must not bring along; null when there is nothing.
// URL with a scheme, "www.", an IPv4 address, HTML that runs or loads, data: and javascript: URLs.
const char* FindActiveContent(std::string_view text);

}  // namespace secai::quarantine

#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "quarantine/template/ast.h"
#include "quarantine/template/lexer.h"
#include "quarantine/template/limits.h"

namespace secai::quarantine {

// Parses a chat template. Accepts the statements of rule T-3 only: if/elif/else, for with break and
// continue, set (also as a block), macro, call block, filter block, generation, raw, comments.
// No recursion: open blocks and brackets are on stacks of at most `limits.max_depth`.
// Errors: T-3 for another statement, T-6, T-8 for what is no template or over a limit.
// Thread-safety: a pure function.
tl::expected<Ast, SyntaxProblem> ParseTemplate(std::string_view source,
                                               const TemplateLimits& limits);

}  // namespace secai::quarantine

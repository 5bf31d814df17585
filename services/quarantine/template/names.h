#pragma once

#include <string_view>

namespace secai::quarantine {

// The names that a chat template may use. Source: rule T-3b of the catalogue, a census over the
// chat templates of public models; the names that T-1 refuses come from published sandbox escapes.
// Thread-safety: pure functions.

bool IsAllowedFunction(std::string_view name);  // Called by name, besides macros of the template.
bool IsAllowedFilter(std::string_view name);
bool IsAllowedTest(std::string_view name);
bool IsAllowedMethod(std::string_view name);

// "__x__", or any name that begins with two underscores.
bool IsDunder(std::string_view name);
// Whether "__word__" stands anywhere in `text`.
bool ContainsDunder(std::string_view text);
// Names of Jinja's and web frameworks' globals that lead to the interpreter: self, cycler, config,
// ...
bool IsForbiddenVariable(std::string_view name);
// Attributes of Python objects that lead to the interpreter: mro, globals, func_*, gi_*, cr_*, f_*,
// ...
bool IsForbiddenAttribute(std::string_view name);

}  // namespace secai::quarantine

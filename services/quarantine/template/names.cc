#include "quarantine/template/names.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace secai::quarantine {
namespace {

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `caller` exists inside macros that a call block calls; it is the body of that block.
constexpr std::array<std::string_view, 5> kFunctions = {"namespace", "raise_exception",
                                                        "strftime_now", "range", "caller"};

constexpr std::array<std::string_view, 35> kFilters = {
    "tojson",     "length", "trim",   "string",     "default", "join",     "items",
    "safe",       "list",   "map",    "upper",      "lower",   "dictsort", "selectattr",
    "rejectattr", "select", "reject", "last",       "first",   "replace",  "sort",
    "min",        "max",    "int",    "float",      "indent",  "unique",   "from_json",
    "count",      "abs",    "round",  "capitalize", "title",   "batch",    "slice"};

constexpr std::array<std::string_view, 18> kTests = {
    "defined",  "undefined", "none", "string", "mapping", "iterable",
    "sequence", "boolean",   "true", "false",  "number",  "integer",
    "in",       "equalto",   "eq",   "ne",     "lt",      "gt"};

constexpr std::array<std::string_view, 23> kMethods = {
    "split", "rsplit", "strip",      "lstrip", "rstrip", "startswith", "endswith", "replace",
    "items", "keys",   "values",     "get",    "append", "pop",        "format",   "lower",
    "upper", "title",  "capitalize", "join",   "find",   "index",      "count"};

constexpr std::array<std::string_view, 9> kVariables = {
    "self",    "cycler", "joiner", "lipsum", "request", "config", "get_flashed_messages",
    "url_for", "environ"};

constexpr std::array<std::string_view, 21> kAttributes = {
    "mro",        "globals", "environ",  "subclasses", "builtins",     "f_globals", "f_locals",
    "f_builtins", "f_code",  "f_back",   "gi_frame",   "gi_code",      "cr_frame",  "cr_code",
    "ag_frame",   "ag_code", "tb_frame", "tb_next",    "func_globals", "func_code", "func_closure"};

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool IsAllowedFunction(std::string_view name) { return Contains(kFunctions, name); }
bool IsAllowedFilter(std::string_view name) { return Contains(kFilters, name); }
bool IsAllowedTest(std::string_view name) { return Contains(kTests, name); }
bool IsAllowedMethod(std::string_view name) { return Contains(kMethods, name); }

bool IsDunder(std::string_view name) { return name.starts_with("__"); }

bool ContainsDunder(std::string_view text) {
  for (std::size_t at = text.find("__"); at != std::string_view::npos;
       at = text.find("__", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    const std::string_view word = text.substr(at + 2, end - at - 2);
    const std::size_t close = word.find("__");
    const bool has_letter = std::any_of(word.begin(), word.end(), [](char c) { return c != '_'; });
    if (has_letter && close != std::string_view::npos && close > 0) return true;
  }
  return false;
}

bool IsForbiddenVariable(std::string_view name) {
  return Contains(kVariables, name) || IsForbiddenAttribute(name);
}

bool IsForbiddenAttribute(std::string_view name) { return Contains(kAttributes, name); }

}  // namespace secai::quarantine

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace secai::quarantine {

enum class TokenKind : std::uint8_t {
  kText,           // What the template emits as it is, raw blocks included. Comments give no token.
  kBlockBegin,     // {%
  kBlockEnd,       // %}
  kVariableBegin,  // {{
  kVariableEnd,    // }}
  kName,           // [A-Za-z_][A-Za-z0-9_]*
  kString,         // Decoded: escapes are gone.
  kInteger,
  kFloat,
  kOperator,  // + - * / // ** % ~ == != < <= > >= = | . , : ( ) [ ] { }
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t offset = 0;    // First byte of the token in the source.
  std::string text;          // Text, name, decoded string, digits or operator.
  std::int64_t integer = 0;  // Of kInteger.
};

// Why a text is not a template of ours: the rule, the byte, the reason.
struct SyntaxProblem {
  std::string rule;
  std::size_t offset = 0;
  std::string reason;
};

// Splits a template into tokens; the last one is kEnd. Follows Jinja 3.1 where it agrees with the
// engine's own lexer; what either of them would read otherwise (hexadecimal numbers, \N escapes,
// identifiers outside ASCII, line statements) is refused. White-space control signs are dropped.
// Errors: T-8 for what is no token, T-6 for an identifier outside ASCII. No recursion.
// Thread-safety: a pure function. Memory: about 80 bytes per token, one token per byte at worst.
tl::expected<std::vector<Token>, SyntaxProblem> LexTemplate(std::string_view source);

}  // namespace secai::quarantine

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quarantine/template/ast.h"
#include "quarantine/template/lexer.h"
#include "quarantine/template/limits.h"

namespace secai::quarantine {

// What both parsers work on: the tokens, how far they got, the tree, the first problem.
struct ParseState {
  const std::vector<Token>* tokens = nullptr;
  TemplateLimits limits;
  std::size_t position = 0;
  Ast ast;
  bool failed = false;
  SyntaxProblem problem;

  const Token& Peek(std::size_t ahead = 0) const;
  bool PeekOperator(std::string_view op, std::size_t ahead = 0) const;
  bool PeekName(std::string_view name, std::size_t ahead = 0) const;
  void Fail(std::string rule, std::size_t offset, std::string reason);
  // Appends a node and sets its height; fails over max_nodes, max_depth and max_chain.
  NodeId Add(Node node);
  // Fails when `node` is over max_depth, max_chain or max_literal_bytes.
  void CheckSize(const Node& node);
};

struct ExpressionOptions {
  bool allow_tuple = false;       // "a, b" without brackets.
  bool allow_conditional = true;  // "a if b": not in the iterable of a `for`.
  bool filters_of_capture =
      false;  // The text is "name(args) | name": filters over what a block collects.
};

// Parses one expression from `state->position` with a stack of its own, no recursion; stops at the
// first token that cannot continue it. Returns kNoNode when it failed (then state->failed).
// Precedence as in Jinja 3.1 ("Expressions" of its template designer documentation): or, and, not,
// comparison, + -, ~, * / // %, unary, **, filters and tests, postfix.
NodeId ParseExpression(ParseState* state, const ExpressionOptions& options);

}  // namespace secai::quarantine

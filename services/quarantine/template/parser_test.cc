#include "quarantine/template/parser.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace secai::quarantine {
namespace {

// The tree of one output expression as text, so that precedence can be read.
std::string Show(const Ast& ast, NodeId id) {
  if (id == kNoNode) return "_";
  const Node& node = ast.at(id);
  std::string inner;
  for (const NodeId child : node.children) {
    inner += (inner.empty() ? "" : " ") + Show(ast, child);
  }
  switch (node.kind) {
    case NodeKind::kInteger:
      return std::to_string(node.integer);
    case NodeKind::kString:
      return "'" + node.text + "'";
    case NodeKind::kFloat:
    case NodeKind::kConstant:
    case NodeKind::kName:
      return node.text;
    case NodeKind::kAttribute:
      return "(." + node.text + " " + inner + ")";
    case NodeKind::kItem:
      return "(item " + inner + ")";
    case NodeKind::kSlice:
      return "(slice " + inner + ")";
    case NodeKind::kCall:
      return "(call " + inner + ")";
    case NodeKind::kFilter:
      return "(|" + node.text + " " + inner + ")";
    case NodeKind::kTest:
      return "(is " + node.text + " " + inner + ")";
    case NodeKind::kConditional:
      return "(if " + inner + ")";
    case NodeKind::kList:
      return "[" + inner + "]";
    case NodeKind::kDict:
      return "{" + inner + "}";
    default:
      return "(" + node.text + " " + inner + ")";
  }
}

std::string ParseOutput(const std::string& expression) {
  const auto ast = ParseTemplate("{{ " + expression + " }}", {});
  if (!ast.has_value()) return ast.error().rule + ": " + ast.error().reason;
  return Show(*ast, ast->at(ast->at(ast->root).children[0]).children[0]);
}

TEST(ParserTest, BindsOperatorsAsJinjaDoes) {
  EXPECT_EQ(ParseOutput("a or b and not c == d"), "(or a (and b (not (== c d))))");
  EXPECT_EQ(ParseOutput("a + b ~ c * d"), "(+ a (~ b (* c d)))");
  EXPECT_EQ(ParseOutput("a - b - c"), "(- (- a b) c)");
  EXPECT_EQ(ParseOutput("a ~ b ~ c"), "(~ a b c)");
  EXPECT_EQ(ParseOutput("(a + b) + c"), "(+ (+ a b) c)");
  EXPECT_EQ(ParseOutput("-n|abs"), "(|abs (- n))");
  EXPECT_EQ(ParseOutput("not x|length"), "(not (|length x))");
  EXPECT_EQ(ParseOutput("a.b[0]['c'](d, e=1)"), "(call (item (item (.b a) 0) 'c') d 1)");
  EXPECT_EQ(ParseOutput("a not in b"), "(not in a b)");
  EXPECT_EQ(ParseOutput("a if b else c if d else e"), "(if a b (if c d e))");
  EXPECT_EQ(ParseOutput("a if b"), "(if a b _)");
  EXPECT_EQ(ParseOutput("a is not none and b is eq 1"), "(and (is not none a) (is eq b 1))");
  EXPECT_EQ(ParseOutput("x[1:] + x[:2] + x[::-1] + x[:]"),
            "(+ (slice x 1 _ _) (slice x _ 2 _) (slice x _ _ (- 1)) (slice x _ _ _))");
  EXPECT_EQ(ParseOutput("{'a': {'b': []}}"), "{'a' {'b' []}}");
  EXPECT_EQ(ParseOutput("(1,), (), 'a' 'b'"), "[[1] [] 'ab']");
  EXPECT_EQ(ParseOutput("x|default('', true)|trim"), "(|trim (|default x '' true))");
}

TEST(ParserTest, RefusesBrokenExpressions) {
  for (const std::string text : {"a b",
                                 "a +",
                                 "+",
                                 "a..b",
                                 "a[",
                                 "a[]",
                                 "(a",
                                 "{a}",
                                 "{'a': }",
                                 "a|",
                                 "a if else b",
                                 "f(*x)",
                                 "f(**x)",
                                 "0x1f",
                                 "1_000",
                                 "a = b",
                                 "f(a=)",
                                 "x|first.y",
                                 "x|first[0]",
                                 "'\\N{DIGIT ONE}'",
                                 "1234567890123456"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ParseOutput(text).substr(0, 4), "T-8:") << ParseOutput(text);
  }
}

// The rule that refuses `text`, or "" when it parses.
std::string RuleOf(std::string_view text, const TemplateLimits& limits = {}) {
  const auto ast = ParseTemplate(text, limits);
  return ast.has_value() ? "" : ast.error().rule;
}

TEST(ParserTest, ParsesAllStatements) {
  EXPECT_EQ(RuleOf("{% if a %}1{% elif b %}2{% else %}3{% endif %}"), "");
  EXPECT_EQ(RuleOf("{%- for (a, b) in c if a -%}{% break %}{% continue %}{% else %}x{% endfor %}"),
            "");
  EXPECT_EQ(RuleOf("{% set a, b = 1, 2 %}{% set ns.x = 1 %}{% set c | trim %}x{% endset %}"), "");
  EXPECT_EQ(
      RuleOf("{% macro m(a, b=1) %}{% endmacro m %}{% filter trim | upper %}x{% endfilter %}"), "");
  EXPECT_EQ(RuleOf("{% generation %}x{% endgeneration %}{% raw %}{% if %}{% endraw %}"), "");
  EXPECT_EQ(RuleOf("{% for a in b recursive %}{% endfor %}"), "T-3");
}

TEST(ParserTest, HoldsEachLimitOnBothSides) {
  TemplateLimits limits;
  limits.max_depth = 8;
  EXPECT_EQ(RuleOf("{{ ((((((1)))))) }}", limits), "");
  EXPECT_EQ(RuleOf("{{ ((((((((1)))))))) }}", limits), "T-8");

  limits = {};
  limits.max_nodes = 4;
  EXPECT_EQ(RuleOf("{{ a }}b", limits), "");  // name, output, text, body
  EXPECT_EQ(RuleOf("{{ a }}b{{ c }}", limits), "T-8");

  limits = {};
  limits.max_for_nesting = 1;
  EXPECT_EQ(RuleOf("{% for a in b %}{% endfor %}{% for a in b %}{% endfor %}", limits), "");
  EXPECT_EQ(RuleOf("{% for a in b %}{% for c in a %}{% endfor %}{% endfor %}", limits), "T-8");

  limits = {};
  limits.max_literal_bytes = 3;
  EXPECT_EQ(RuleOf("abc{{ 'abc' }}", limits), "");
  EXPECT_EQ(RuleOf("{{ 'abcd' }}", limits), "T-8");
  EXPECT_EQ(RuleOf("abcd", limits), "T-8");

  limits = {};
  limits.max_macros = 1;
  EXPECT_EQ(RuleOf("{% macro a() %}{% endmacro %}", limits), "");
  EXPECT_EQ(RuleOf("{% macro a() %}{% endmacro %}{% macro b() %}{% endmacro %}", limits), "T-8");

  limits = {};
  limits.max_chain = 3;
  EXPECT_EQ(RuleOf("{{ a + b + c }}", limits), "");
  EXPECT_EQ(RuleOf("{{ a + b + c + d }}", limits), "T-8");
}

TEST(ParserTest, DecodesEscapesAsPythonDoes) {
  EXPECT_EQ(ParseOutput("'\\x41\\u00e9\\101\\n\\d'"),
            "'A\xC3\xA9"
            "A\n\\d'");
  EXPECT_EQ(ParseOutput("'\\ud800'").substr(0, 3), "T-8");
}

}  // namespace
}  // namespace secai::quarantine

#include "quarantine/template/parser.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "quarantine/template/expression_parser.h"
#include "quarantine/template/template_finding.h"

namespace secai::quarantine {
namespace {

// A block that waits for its end tag: the node, the body that is being filled.
struct OpenBlock {
  Node node;
  std::vector<NodeId> statements;
  std::vector<NodeId> defaults;  // Of kMacro.
  NodeId filters = kNoNode;      // Of kSetBlock and kFilterBlock.
  std::size_t body_offset = 0;
  bool has_else = false;
};

class Parser {
 public:
  Parser(const std::vector<Token>* tokens, const TemplateLimits& limits) {
    state_.tokens = tokens;
    state_.limits = limits;
  }

  tl::expected<Ast, SyntaxProblem> Run() {
    blocks_.emplace_back();  // The template itself.
    while (!state_.failed && state_.Peek().kind != TokenKind::kEnd) {
      ParseOne();
      if (blocks_.size() > state_.limits.max_depth) {
        Fail("T-8", "blocks nested deeper than " + std::to_string(state_.limits.max_depth));
      }
    }
    if (!state_.failed && blocks_.size() > 1) {
      state_.Fail("T-8", blocks_.back().node.offset, "block is not closed");
    }
    if (!state_.failed) state_.ast.root = CloseBody();
    if (state_.failed) return tl::unexpected<SyntaxProblem>(std::move(state_.problem));
    return std::move(state_.ast);
  }

 private:
  OpenBlock& block() { return blocks_.back(); }
  const Token& Peek() const { return state_.Peek(); }
  void Fail(std::string rule, std::string reason) {
    state_.Fail(std::move(rule), Peek().offset, std::move(reason));
  }
  Node Make(NodeKind kind) const {
    Node node;
    node.kind = kind;
    node.offset = static_cast<std::uint32_t>(tag_offset_);
    return node;
  }
  void Append(Node node) {
    const NodeId id = state_.Add(std::move(node));
    if (id != kNoNode) block().statements.push_back(id);
  }
  bool TakeOperator(std::string_view op) {
    if (!state_.PeekOperator(op)) return false;
    ++state_.position;
    return true;
  }
  void ExpectOperator(std::string_view op) {
    if (!TakeOperator(op)) Fail("T-8", "expected '" + std::string(op) + "'");
  }
  bool TakeName(std::string_view name) {
    if (!state_.PeekName(name)) return false;
    ++state_.position;
    return true;
  }
  std::string ExpectName() {
    if (Peek().kind != TokenKind::kName) {
      Fail("T-8", "expected a name");
      return {};
    }
    return (*state_.tokens)[state_.position++].text;
  }
  void ExpectBlockEnd() {
    if (state_.failed) return;
    if (Peek().kind != TokenKind::kBlockEnd) return Fail("T-8", "expected the end of the tag");
    ++state_.position;
  }

  void ParseOne() {
    tag_offset_ = Peek().offset;
    switch (Peek().kind) {
      case TokenKind::kText: {
        Node node = Make(NodeKind::kText);
        node.text = Peek().text;
        ++state_.position;
        return Append(std::move(node));
      }
      case TokenKind::kVariableBegin: {
        ++state_.position;
        Node node = Make(NodeKind::kOutput);
        node.children = {ParseExpression(&state_, {.allow_tuple = true})};
        if (state_.failed) return;
        if (Peek().kind != TokenKind::kVariableEnd) return Fail("T-8", "expected '}}'");
        ++state_.position;
        return Append(std::move(node));
      }
      case TokenKind::kBlockBegin: {
        ++state_.position;
        const std::size_t name_offset = Peek().offset;
        const std::string tag = ExpectName();
        if (!state_.failed) ParseTag(tag, name_offset);
        return;
      }
      default:
        return Fail("T-8", "unexpected token");
    }
  }

  void ParseTag(const std::string& tag, std::size_t name_offset) {
    if (tag == "if") return OpenIf();
    if (tag == "elif") return Elif();
    if (tag == "else") return Else();
    if (tag == "for") return OpenFor();
    if (tag == "set") return ParseSet();
    if (tag == "macro") return OpenMacro();
    if (tag == "call") return OpenCallBlock();
    if (tag == "filter") return OpenFilterBlock();
    if (tag == "generation") return Open(Make(NodeKind::kGeneration));
    if (tag == "break" || tag == "continue") return LoopControl(tag);
    if (tag == "endif") return Close(NodeKind::kIf);
    if (tag == "endfor") return Close(NodeKind::kFor);
    if (tag == "endset") return Close(NodeKind::kSetBlock);
    if (tag == "endmacro") return Close(NodeKind::kMacro);
    if (tag == "endcall") return Close(NodeKind::kCallBlock);
    if (tag == "endfilter") return Close(NodeKind::kFilterBlock);
    if (tag == "endgeneration") return Close(NodeKind::kGeneration);
    state_.Fail("T-3", name_offset, "statement " + QuoteForReason(tag) + " is not allowed");
  }

  void Open(Node node) {
    ExpectBlockEnd();
    if (state_.failed) return;
    OpenBlock opened;
    opened.node = std::move(node);
    opened.body_offset = Peek().offset;
    blocks_.push_back(std::move(opened));
  }

  // Makes a body of the statements of the innermost block.
  NodeId CloseBody() {
    Node body;
    body.kind = NodeKind::kBody;
    body.offset = static_cast<std::uint32_t>(block().body_offset);
    body.children = std::move(block().statements);
    block().statements.clear();
    block().body_offset = Peek().offset;
    return state_.Add(std::move(body));
  }

  void OpenIf() {
    Node node = Make(NodeKind::kIf);
    node.children = {ParseExpression(&state_, {})};
    Open(std::move(node));
  }

  void Elif() {
    if (block().node.kind != NodeKind::kIf || block().has_else || blocks_.size() < 2) {
      return Fail("T-8", "elif without if");
    }
    const NodeId body = CloseBody();
    const NodeId condition = ParseExpression(&state_, {});
    ExpectBlockEnd();
    if (state_.failed) return;
    block().node.children.insert(block().node.children.end(), {body, condition});
    block().body_offset = Peek().offset;
  }

  void Else() {
    const NodeKind kind = block().node.kind;
    if (blocks_.size() < 2 || block().has_else ||
        (kind != NodeKind::kIf && kind != NodeKind::kFor)) {
      return Fail("T-8", "else without if or for");
    }
    ExpectBlockEnd();
    if (state_.failed) return;
    const NodeId body = CloseBody();
    if (kind == NodeKind::kIf) {
      block().node.children.push_back(body);
    } else {
      block().node.children[1] = body;
    }
    block().has_else = true;
  }

  void OpenFor() {
    Node node = Make(NodeKind::kFor);
    const bool in_brackets = TakeOperator("(");
    do {
      node.names.push_back(ExpectName());
    } while (!state_.failed && TakeOperator(",") && Peek().kind == TokenKind::kName);
    if (in_brackets) ExpectOperator(")");
    if (!state_.failed && !TakeName("in")) return Fail("T-8", "expected 'in'");
    if (state_.failed) return;
    const NodeId iterable =
        ParseExpression(&state_, {.allow_tuple = true, .allow_conditional = false});
    NodeId condition = kNoNode;
    if (!state_.failed && TakeName("if")) condition = ParseExpression(&state_, {});
    if (!state_.failed && state_.PeekName("recursive")) {
      return Fail("T-3", "recursive loops are not allowed");
    }
    node.children = {iterable, kNoNode, condition, kNoNode};
    Open(std::move(node));
    const auto nesting = std::count_if(blocks_.begin(), blocks_.end(), [](const OpenBlock& open) {
      return open.node.kind == NodeKind::kFor;
    });
    if (static_cast<std::size_t>(nesting) > state_.limits.max_for_nesting) {
      state_.Fail("T-8", tag_offset_,
                  "more than " + std::to_string(state_.limits.max_for_nesting) +
                      " loops inside each other");
    }
  }

  void ParseSet() {
    Node node = Make(NodeKind::kSet);
    do {
      std::string target = ExpectName();
      if (!state_.failed && TakeOperator(".")) target += "." + ExpectName();
      node.names.push_back(std::move(target));
    } while (!state_.failed && TakeOperator(","));
    if (state_.failed) return;
    if (TakeOperator("=")) {
      node.children = {ParseExpression(&state_, {.allow_tuple = true})};
      ExpectBlockEnd();
      if (state_.failed) return;
      return Append(std::move(node));
    }
    if (node.names.size() != 1) return Fail("T-8", "expected '='");
    node.kind = NodeKind::kSetBlock;
    NodeId filters = kNoNode;
    if (TakeOperator("|")) filters = ParseExpression(&state_, {.filters_of_capture = true});
    Open(std::move(node));
    if (!state_.failed) block().filters = filters;
  }

  // `(name, name=default)`; the defaults go to `defaults`, kNoNode where there is none.
  void ParseParameters(Node* node, std::vector<NodeId>* defaults) {
    while (!state_.failed && !state_.PeekOperator(")")) {
      node->names.push_back(ExpectName());
      defaults->push_back(kNoNode);
      if (!state_.failed && TakeOperator("=")) defaults->back() = ParseExpression(&state_, {});
      if (!state_.failed && !TakeOperator(",")) break;
    }
    if (!state_.failed) ExpectOperator(")");
  }

  void OpenMacro() {
    Node node = Make(NodeKind::kMacro);
    node.text = ExpectName();
    std::vector<NodeId> defaults;
    if (!state_.failed) ExpectOperator("(");
    ParseParameters(&node, &defaults);
    if (++macros_ > state_.limits.max_macros) {
      Fail("T-8", "more than " + std::to_string(state_.limits.max_macros) + " macros");
    }
    Open(std::move(node));
    if (!state_.failed) block().defaults = std::move(defaults);
  }

  void OpenCallBlock() {
    Node node = Make(NodeKind::kCallBlock);
    std::vector<NodeId> defaults;
    if (TakeOperator("(")) ParseParameters(&node, &defaults);
    if (state_.failed) return;
    if (std::any_of(defaults.begin(), defaults.end(), [](NodeId id) { return id != kNoNode; })) {
      return Fail("T-3", "defaults are not allowed in a call block");
    }
    const NodeId call = ParseExpression(&state_, {});
    if (state_.failed) return;
    if (state_.ast.at(call).kind != NodeKind::kCall) {
      return Fail("T-8", "a call block needs a call");
    }
    node.children = {call};
    Open(std::move(node));
  }

  void OpenFilterBlock() {
    const NodeId filters = ParseExpression(&state_, {.filters_of_capture = true});
    Open(Make(NodeKind::kFilterBlock));
    if (!state_.failed) block().filters = filters;
  }

  void LoopControl(const std::string& tag) {
    const bool in_loop = std::any_of(blocks_.begin(), blocks_.end(), [](const OpenBlock& open) {
      return open.node.kind == NodeKind::kFor;
    });
    if (!in_loop) return Fail("T-8", tag + " outside a loop");
    ExpectBlockEnd();
    if (!state_.failed) {
      Append(Make(tag == "break" ? NodeKind::kBreak : NodeKind::kContinue));
    }
  }

  void Close(NodeKind kind) {
    if (blocks_.size() < 2 || block().node.kind != kind) {
      return Fail("T-8", "end tag does not match the open block");
    }
    if (kind == NodeKind::kMacro || kind == NodeKind::kCallBlock) {
      if (Peek().kind == TokenKind::kName) ++state_.position;  // `endmacro name`.
    }
    ExpectBlockEnd();
    if (state_.failed) return;
    const NodeId body = CloseBody();
    OpenBlock closed = std::move(blocks_.back());
    blocks_.pop_back();
    Node& node = closed.node;
    switch (kind) {
      case NodeKind::kFor:
        node.children[closed.has_else ? 3 : 1] = body;
        break;
      case NodeKind::kSetBlock:
        node.children = {body, closed.filters};
        break;
      case NodeKind::kFilterBlock:
        node.children = {closed.filters, body};
        break;
      case NodeKind::kMacro:
        node.children = {body};
        node.children.insert(node.children.end(), closed.defaults.begin(), closed.defaults.end());
        break;
      default:
        node.children.push_back(body);
        break;
    }
    if (!state_.failed) Append(std::move(node));
  }

  ParseState state_;
  std::vector<OpenBlock> blocks_;
  std::size_t tag_offset_ = 0;
  std::size_t macros_ = 0;
};

}  // namespace

tl::expected<Ast, SyntaxProblem> ParseTemplate(std::string_view source,
                                               const TemplateLimits& limits) {
  if (source.size() > limits.max_bytes) {
    return tl::unexpected<SyntaxProblem>(
        SyntaxProblem{"T-8", limits.max_bytes,
                      "template of " + std::to_string(source.size()) + " bytes; at most " +
                          std::to_string(limits.max_bytes)});
  }
  auto tokens = LexTemplate(source);
  if (!tokens.has_value()) return tl::unexpected<SyntaxProblem>(std::move(tokens).error());
  return Parser(&*tokens, limits).Run();
}

}  // namespace secai::quarantine

#include "quarantine/template/expression_parser.h"

#include <algorithm>
#include <array>
#include <utility>

namespace secai::quarantine {

const Token& ParseState::Peek(std::size_t ahead) const {
  const std::size_t index = std::min(position + ahead, tokens->size() - 1);
  return (*tokens)[index];
}
bool ParseState::PeekOperator(std::string_view op, std::size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kOperator && token.text == op;
}
bool ParseState::PeekName(std::string_view name, std::size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kName && token.text == name;
}
void ParseState::Fail(std::string rule, std::size_t offset, std::string reason) {
  if (failed) return;
  failed = true;
  problem = SyntaxProblem{std::move(rule), offset, std::move(reason)};
}

NodeId ParseState::Add(Node node) {
  std::size_t height = 0;
  for (const NodeId child : node.children) {
    if (child != kNoNode) height = std::max<std::size_t>(height, ast.at(child).height);
  }
  // A body is the list inside its statement, not a level of its own.
  node.height = static_cast<std::uint16_t>(height + (node.kind == NodeKind::kBody ? 0 : 1));
  if (ast.nodes.size() >= limits.max_nodes) {
    Fail("T-8", node.offset, "more than " + std::to_string(limits.max_nodes) + " nodes");
  }
  CheckSize(node);
  if (failed) return kNoNode;
  ast.nodes.push_back(std::move(node));
  return static_cast<NodeId>(ast.nodes.size() - 1);
}

void ParseState::CheckSize(const Node& node) {
  if (node.height > limits.max_depth) {
    Fail("T-8", node.offset, "nested deeper than " + std::to_string(limits.max_depth));
  } else if (node.children.size() > limits.max_chain && node.kind != NodeKind::kBody) {
    Fail("T-8", node.offset, "chain of more than " + std::to_string(limits.max_chain) + " parts");
  } else if (node.text.size() > limits.max_literal_bytes) {
    Fail("T-8", node.offset,
         "literal of more than " + std::to_string(limits.max_literal_bytes) + " bytes");
  }
}

namespace {

enum Precedence : int {
  kConditionalLevel = 1,
  kOrLevel,
  kAndLevel,
  kNotLevel,
  kCompareLevel,
  kAddLevel,
  kConcatLevel,
  kMultiplyLevel,
  kUnaryLevel,
  kPowerLevel,
  kTestArgumentLevel,
};

// An operator that waits for its right operand.
struct Pending {
  enum class Kind : std::uint8_t { kPrefix, kBinary, kIf, kElse, kTestArgument };
  Kind kind = Kind::kBinary;
  int level = 0;
  std::size_t offset = 0;
  std::string text;
};

// An open bracket, and the expression as a whole (kTop).
struct Frame {
  enum class Kind : std::uint8_t { kTop, kGroup, kList, kDict, kSubscript, kArguments };
  Kind kind = Kind::kTop;
  std::size_t pending_base = 0;  // Operators of outer frames.
  std::size_t offset = 0;
  Node target;  // Of kArguments and kSubscript: the node that the bracket completes.
  std::vector<NodeId> items;
  std::vector<std::string> keywords;
  std::string keyword;  // Of the argument being read.
  bool saw_comma = false;
  bool is_slice = false;
  bool expects_value = false;  // Of kDict: the next part is a value.
};

bool IsReserved(const std::string& name) {
  static constexpr std::array<std::string_view, 8> kReserved = {"if",  "else", "and", "or",
                                                                "not", "in",   "is",  "elif"};
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

class ExpressionParser {
 public:
  ExpressionParser(ParseState* state, const ExpressionOptions& options)
      : state_(state), options_(options) {}

  NodeId Run() {
    frames_.emplace_back();
    frames_.back().offset = state_->Peek().offset;
    if (options_.filters_of_capture) {
      PushOperand(Leaf(NodeKind::kCapture, state_->Peek()));
      FilterName();
    }
    while (!state_->failed && !done_) {
      if (frames_.size() + pending_.size() > state_->limits.max_depth) {
        state_->Fail("T-8", state_->Peek().offset,
                     "nested deeper than " + std::to_string(state_->limits.max_depth));
      } else if (has_operand_) {
        AfterOperand();
      } else {
        BeforeOperand();
      }
    }
    return state_->failed ? kNoNode : result_;
  }

 private:
  Frame& frame() { return frames_.back(); }
  void Advance() { ++state_->position; }
  void Unexpected() {
    const Token& token = state_->Peek();
    state_->Fail("T-8", token.offset,
                 "unexpected " + (token.text.size() <= 2 && !token.text.empty()
                                      ? "'" + token.text + "'"
                                      : std::string("word or end")));
  }
  Node Leaf(NodeKind kind, const Token& token) const {
    Node node;
    node.kind = kind;
    node.offset = static_cast<std::uint32_t>(token.offset);
    return node;
  }
  void PushOperand(Node node) {
    const NodeId id = state_->Add(std::move(node));
    if (id == kNoNode) return;
    operands_.push_back(id);
    has_operand_ = true;
    after_filter_ = false;
  }
  NodeId PopOperand() {
    const NodeId id = operands_.back();
    operands_.pop_back();
    return id;
  }
  void PushPending(Pending::Kind kind, int level, std::string text) {
    pending_.push_back(Pending{kind, level, state_->Peek().offset, std::move(text)});
    has_operand_ = false;
  }
  void OpenFrame(Frame::Kind kind, Node target = {}) {
    Frame opened;
    opened.kind = kind;
    opened.pending_base = pending_.size();
    opened.offset = state_->Peek().offset;
    opened.target = std::move(target);
    frames_.push_back(std::move(opened));
    has_operand_ = false;
    ReadKeyword();
  }

  // ---- before an operand

  void BeforeOperand() {
    const Token& token = state_->Peek();
    switch (token.kind) {
      case TokenKind::kString:
        return StringOperand();
      case TokenKind::kInteger: {
        Node node = Leaf(NodeKind::kInteger, token);
        node.integer = token.integer;
        Advance();
        return PushOperand(std::move(node));
      }
      case TokenKind::kFloat: {
        Node node = Leaf(NodeKind::kFloat, token);
        node.text = token.text;
        Advance();
        return PushOperand(std::move(node));
      }
      case TokenKind::kName:
        return NameOperand();
      case TokenKind::kOperator:
        return OpenBracketOrPrefix();
      default:
        return ClosedEarly();
    }
  }

  void StringOperand() {
    Node node = Leaf(NodeKind::kString, state_->Peek());
    // Neighbouring strings are one string, as in Python.
    while (state_->Peek().kind == TokenKind::kString) {
      node.text += state_->Peek().text;
      Advance();
    }
    PushOperand(std::move(node));
  }

  void NameOperand() {
    const Token& token = state_->Peek();
    if (token.text == "not") {
      PushPending(Pending::Kind::kPrefix, kNotLevel, "not");
      return Advance();
    }
    if (IsReserved(token.text)) return ClosedEarly();
    static constexpr std::array<std::string_view, 6> kConstants = {"true",  "True", "false",
                                                                   "False", "none", "None"};
    Node node = Leaf(NodeKind::kName, token);
    node.text = token.text;
    if (std::find(kConstants.begin(), kConstants.end(), token.text) != kConstants.end()) {
      node.kind = NodeKind::kConstant;
      node.text[0] = static_cast<char>(node.text[0] | 0x20);  // ASCII lower case.
    }
    Advance();
    PushOperand(std::move(node));
  }

  void OpenBracketOrPrefix() {
    const std::string op = state_->Peek().text;
    if (op == "-" || op == "+") {
      PushPending(Pending::Kind::kPrefix, kUnaryLevel, op);
      return Advance();
    }
    if (op == "(" || op == "[" || op == "{") {
      Advance();
      if (op == "(") return OpenFrame(Frame::Kind::kGroup);
      return OpenFrame(op == "[" ? Frame::Kind::kList : Frame::Kind::kDict);
    }
    if (op == ":" && frame().kind == Frame::Kind::kSubscript && NothingPending())
      return SlicePart();
    ClosedEarly();
  }

  bool NothingPending() const { return pending_.size() == frames_.back().pending_base; }

  // A bracket that closes where an operand could stand: empty, or after a last comma.
  void ClosedEarly() {
    if (!NothingPending() || !frame().keyword.empty()) return Unexpected();
    const Frame::Kind kind = frame().kind;
    if (kind == Frame::Kind::kTop) {
      if (!frame().saw_comma) return Unexpected();
      return Finish();
    }
    if (kind == Frame::Kind::kSubscript ? !frame().is_slice : frame().expects_value) {
      return Unexpected();
    }
    CloseBracket();
  }

  // ---- after an operand

  void AfterOperand() {
    const Token& token = state_->Peek();
    if (token.kind == TokenKind::kName) return WordAfterOperand(token.text);
    if (token.kind != TokenKind::kOperator) return EndOfFrame();
    const std::string& op = token.text;
    if (op == ".") return AttributeOf();
    if (op == "[" || op == "(") return PostfixBracket(op);
    if (op == "|") {
      Reduce(kUnaryLevel);
      Advance();
      return FilterName();
    }
    if (op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=") {
      return BinaryOperator(kCompareLevel, op);
    }
    if (op == "+" || op == "-") return BinaryOperator(kAddLevel, op);
    if (op == "~") return BinaryOperator(kConcatLevel, op);
    if (op == "*" || op == "/" || op == "//" || op == "%")
      return BinaryOperator(kMultiplyLevel, op);
    if (op == "**") return BinaryOperator(kPowerLevel, op);
    EndOfFrame();
  }

  void BinaryOperator(int level, const std::string& op) {
    Reduce(level);
    PushPending(Pending::Kind::kBinary, level, op);
    Advance();
  }

  void WordAfterOperand(const std::string& word) {
    if (word == "and") return BinaryOperator(kAndLevel, "and");
    if (word == "or") return BinaryOperator(kOrLevel, "or");
    if (word == "in") return BinaryOperator(kCompareLevel, "in");
    if (word == "not" && state_->PeekName("in", 1)) {
      Advance();
      return BinaryOperator(kCompareLevel, "not in");
    }
    if (word == "is") return TestName();
    if (word == "if" && (frames_.size() > 1 || options_.allow_conditional)) {
      Reduce(kOrLevel);
      if (!NothingPending() && pending_.back().kind == Pending::Kind::kIf) return Unexpected();
      PushPending(Pending::Kind::kIf, kConditionalLevel, "if");
      return Advance();
    }
    if (word == "else") {
      Reduce(kOrLevel);
      if (!NothingPending() && pending_.back().kind == Pending::Kind::kIf) {
        pending_.back().kind = Pending::Kind::kElse;
        has_operand_ = false;
        return Advance();
      }
    }
    EndOfFrame();
  }

  void AttributeOf() {
    if (after_filter_) return Unexpected();
    Advance();
    const Token& name = state_->Peek();
    if (name.kind != TokenKind::kName && name.kind != TokenKind::kInteger) return Unexpected();
    Node node = Leaf(NodeKind::kAttribute, name);
    if (name.kind == TokenKind::kInteger) {  // a.0 is a[0].
      Node key = Leaf(NodeKind::kInteger, name);
      key.integer = name.integer;
      const NodeId key_id = state_->Add(std::move(key));
      if (key_id == kNoNode) return;
      node.kind = NodeKind::kItem;
      node.children = {PopOperand(), key_id};
    } else {
      node.text = name.text;
      node.children = {PopOperand()};
    }
    Advance();
    PushOperand(std::move(node));
  }

  void PostfixBracket(const std::string& op) {
    if (after_filter_) return Unexpected();
    Node target = Leaf(op == "[" ? NodeKind::kItem : NodeKind::kCall, state_->Peek());
    target.children = {PopOperand()};
    Advance();
    OpenFrame(op == "[" ? Frame::Kind::kSubscript : Frame::Kind::kArguments, std::move(target));
  }

  void FilterName() {
    const Token& name = state_->Peek();
    if (name.kind != TokenKind::kName) return Unexpected();
    Node node = Leaf(NodeKind::kFilter, name);
    node.text = name.text;
    node.children = {PopOperand()};
    Advance();
    if (state_->PeekOperator("(")) {
      Advance();
      return OpenFrame(Frame::Kind::kArguments, std::move(node));
    }
    PushOperand(std::move(node));
    after_filter_ = true;
  }

  // `is [not] name`, then arguments in brackets or one operand without.
  void TestName() {
    Reduce(kUnaryLevel);
    Advance();
    const bool negated = state_->PeekName("not");
    if (negated) Advance();
    const Token& name = state_->Peek();
    if (name.kind != TokenKind::kName) return Unexpected();
    Node node = Leaf(NodeKind::kTest, name);
    node.text = (negated ? "not " : "") + name.text;
    Advance();
    const Token& next = state_->Peek();
    if (state_->PeekOperator("(")) {
      node.children = {PopOperand()};
      Advance();
      return OpenFrame(Frame::Kind::kArguments, std::move(node));
    }
    const bool has_argument = next.kind == TokenKind::kString || next.kind == TokenKind::kInteger ||
                              next.kind == TokenKind::kFloat || state_->PeekOperator("[") ||
                              state_->PeekOperator("{") ||
                              (next.kind == TokenKind::kName && !IsReserved(next.text));
    if (has_argument) {
      pending_.push_back(Pending{Pending::Kind::kTestArgument, kTestArgumentLevel, name.offset,
                                 std::move(node.text)});
      has_operand_ = false;
      return;
    }
    node.children = {PopOperand()};
    PushOperand(std::move(node));
    after_filter_ = true;
  }

  // ---- reducing

  // Completes the operators of this frame with a level of at least `level`.
  void Reduce(int level) {
    while (!state_->failed && pending_.size() > frame().pending_base &&
           pending_.back().level >= level) {
      const Pending top = std::move(pending_.back());
      pending_.pop_back();
      ReduceOne(top);
    }
  }

  void ReduceOne(const Pending& top) {
    Node node;
    node.offset = static_cast<std::uint32_t>(top.offset);
    node.text = top.text;
    const NodeId last = PopOperand();
    switch (top.kind) {
      case Pending::Kind::kPrefix:
        node.kind = NodeKind::kUnary;
        node.children = {last};
        break;
      case Pending::Kind::kTestArgument:
        node.kind = NodeKind::kTest;
        node.children = {PopOperand(), last};
        node.names = {""};
        break;
      case Pending::Kind::kBinary: {
        const NodeId first = PopOperand();
        if (ExtendChain(first, last, top.text)) return;
        node.kind = NodeKind::kBinary;
        node.children = {first, last};
        break;
      }
      case Pending::Kind::kIf:
        node.kind = NodeKind::kConditional;
        node.text.clear();
        node.children = {kNoNode, last, kNoNode};
        node.children[0] = PopOperand();
        break;
      case Pending::Kind::kElse: {
        const NodeId condition = PopOperand();
        node.kind = NodeKind::kConditional;
        node.text.clear();
        node.children = {PopOperand(), condition, last};
        break;
      }
    }
    PushOperand(std::move(node));
  }

  // a + b + c is one node with three children, so that a long sum is not a deep tree.
  bool ExtendChain(NodeId first, NodeId last, const std::string& op) {
    Node& chain = state_->ast.nodes[first];
    if (chain.kind != NodeKind::kBinary || chain.text != op || chain.in_parentheses) return false;
    if (op != "+" && op != "~" && op != "and" && op != "or") return false;
    chain.children.push_back(last);
    chain.height =
        std::max(chain.height, static_cast<std::uint16_t>(state_->ast.at(last).height + 1));
    state_->CheckSize(chain);
    operands_.push_back(first);
    has_operand_ = true;
    after_filter_ = false;
    return true;
  }

  // ---- ends

  void EndOfFrame() {
    Reduce(kConditionalLevel);
    if (state_->failed) return;
    if (state_->PeekOperator(",")) return Comma();
    if (frame().kind == Frame::Kind::kTop) return Finish();
    if (state_->PeekOperator(":")) return Colon();
    CloseBracket();
  }

  void TakeItem() {
    if (!has_operand_) return;
    frame().items.push_back(PopOperand());
    frame().keywords.push_back(std::move(frame().keyword));
    frame().keyword.clear();
    has_operand_ = false;
  }

  void Comma() {
    const Frame::Kind kind = frame().kind;
    if (kind == Frame::Kind::kSubscript || (kind == Frame::Kind::kDict && !frame().expects_value)) {
      return Unexpected();
    }
    if (kind == Frame::Kind::kTop && !options_.allow_tuple) return Finish();
    TakeItem();
    frame().saw_comma = true;
    frame().expects_value = false;
    Advance();
    ReadKeyword();
  }

  void Colon() {
    if (frame().kind == Frame::Kind::kDict && !frame().expects_value) {
      TakeItem();
      frame().expects_value = true;
      return Advance();
    }
    if (frame().kind == Frame::Kind::kSubscript) return SlicePart();
    Unexpected();
  }

  // One ':' inside [ ]: what stood before it (or nothing) is a part.
  void SlicePart() {
    if (frame().items.size() >= 2) return Unexpected();
    if (has_operand_) {
      TakeItem();
    } else {
      frame().items.push_back(kNoNode);
    }
    frame().is_slice = true;
    Advance();
  }

  void ReadKeyword() {
    if (frame().kind != Frame::Kind::kArguments) return;
    if (state_->Peek().kind == TokenKind::kName && state_->PeekOperator("=", 1)) {
      frame().keyword = state_->Peek().text;
      state_->position += 2;
    }
  }

  void CloseBracket() {
    static constexpr std::array<std::string_view, 6> kClosers = {"", ")", "]", "}", "]", ")"};
    const auto kind = frame().kind;
    if (!state_->PeekOperator(kClosers[static_cast<std::size_t>(kind)])) return Unexpected();
    if (kind == Frame::Kind::kDict && has_operand_ && !frame().expects_value) return Unexpected();
    const bool had_operand = has_operand_;
    TakeItem();
    Frame closed = std::move(frames_.back());
    frames_.pop_back();
    Advance();
    Node node = std::move(closed.target);
    switch (kind) {
      case Frame::Kind::kGroup:
        if (closed.items.size() == 1 && !closed.saw_comma) {
          state_->ast.nodes[closed.items[0]].in_parentheses = true;
          operands_.push_back(closed.items[0]);
          has_operand_ = true;
          after_filter_ = false;
          return;
        }
        [[fallthrough]];
      case Frame::Kind::kTop:
      case Frame::Kind::kList:
      case Frame::Kind::kDict:
        node.kind = kind == Frame::Kind::kDict ? NodeKind::kDict : NodeKind::kList;
        node.offset = static_cast<std::uint32_t>(closed.offset);
        node.children = std::move(closed.items);
        break;
      case Frame::Kind::kSubscript:
        if (closed.is_slice) {
          if (!had_operand) closed.items.push_back(kNoNode);
          closed.items.resize(3, kNoNode);
          node.kind = NodeKind::kSlice;
        }
        node.children.insert(node.children.end(), closed.items.begin(), closed.items.end());
        break;
      case Frame::Kind::kArguments:
        node.children.insert(node.children.end(), closed.items.begin(), closed.items.end());
        node.names = std::move(closed.keywords);
        break;
    }
    const bool is_filter = node.kind == NodeKind::kFilter || node.kind == NodeKind::kTest;
    PushOperand(std::move(node));
    after_filter_ = is_filter;
  }

  void Finish() {
    if (frame().saw_comma) {
      TakeItem();
      Node node;
      node.kind = NodeKind::kList;
      node.offset = static_cast<std::uint32_t>(frame().offset);
      node.children = std::move(frame().items);
      PushOperand(std::move(node));
    }
    if (state_->failed) return;
    result_ = operands_.back();
    done_ = true;
  }

  ParseState* state_;
  ExpressionOptions options_;
  std::vector<Frame> frames_;
  std::vector<Pending> pending_;
  std::vector<NodeId> operands_;
  bool has_operand_ = false;
  bool after_filter_ = false;  // The last operand ended in a filter or test: no postfix may follow.
  bool done_ = false;
  NodeId result_ = kNoNode;
};

}  // namespace

NodeId ParseExpression(ParseState* state, const ExpressionOptions& options) {
  return ExpressionParser(state, options).Run();
}

}  // namespace secai::quarantine

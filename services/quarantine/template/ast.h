#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace secai::quarantine {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;

// What a node is, and what its children are. "?" may be kNoNode.
enum class NodeKind : std::uint8_t {
  // Expressions.
  kString,       // text
  kInteger,      // integer
  kFloat,        // text
  kConstant,     // text: true, false, none
  kName,         // text
  kCapture,      // what a block collected: of `set` blocks with filters and of `filter` blocks
  kAttribute,    // text; children: base
  kItem,         // children: base, key
  kSlice,        // children: base, start?, stop?, step?
  kCall,         // children: callee, arguments...; names: keyword of each argument or ""
  kFilter,       // text; children: base, arguments...; names
  kTest,         // text ("not " in front when negated); children: base, arguments...; names
  kUnary,        // text: not - +; children: operand
  kBinary,       // text: + ~ and or - * / // % ** == != < <= > >= in "not in"; two or more children
  kConditional,  // children: value, condition, other?
  kList,         // children (tuples as well)
  kDict,         // children: key, value, key, value...
  // Statements.
  kText,    // text
  kOutput,  // children: expression
  kBody,    // children: statements
  kIf,      // children: condition, body, condition, body, ..., else body?
  kFor,     // names: targets; children: iterable, body, condition?, else body?
  kBreak,
  kContinue,
  kSet,          // names: targets ("a" or "a.b"); children: value
  kSetBlock,     // names: target; children: body, filters over kCapture?
  kMacro,        // text; names: parameters; children: body, default of each parameter?
  kCallBlock,    // names: parameters; children: call, body
  kFilterBlock,  // children: filters over kCapture, body
  kGeneration,   // children: body
};

struct Node {
  NodeKind kind = NodeKind::kConstant;
  bool in_parentheses = false;
  std::uint16_t height = 1;  // 1 + the largest of the children's.
  std::uint32_t offset = 0;  // In the source, bytes.
  std::int64_t integer = 0;
  std::string text;
  std::vector<NodeId> children;
  std::vector<std::string> names;
};

// A parsed template. Every node but `root` (a kBody) is the child of exactly one other, so a flat
// pass over `nodes` sees all; paths have at most twice the height that the parser allowed (bodies
// lie between), so recursion over them is bounded.
struct Ast {
  std::vector<Node> nodes;
  NodeId root = kNoNode;

  const Node& at(NodeId id) const { return nodes[id]; }
  // The child at `index`, or null when there is none.
  const Node* child(const Node& node, std::size_t index) const {
    if (index >= node.children.size() || node.children[index] == kNoNode) return nullptr;
    return &nodes[node.children[index]];
  }
};

}  // namespace secai::quarantine

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/template/ast.h"

namespace secai::quarantine {

// What an expression may be when the template runs, as far as rules T-1 and T-2 need it: the
// constants it may equal, and where else it may come from. A list or dict is the union of all it
// holds.
struct Value {
  enum Flag : std::uint32_t {
    kNumber = 1,     // A number bounded by the input: a length, a loop index, a difference of such.
    kData = 2,       // Something of the input: messages, tools, flags of the caller.
    kBuilt = 4,      // A string made from pieces that did not fold to constants.
    kContainer = 8,  // Maybe a list or dict, made by the template or cut from the input.
    kNamespace = 16,  // Maybe a namespace().
    kOther = 32,      // A truth value, none.
    kMade = 64,       // Maybe holds a list or dict that the template wrote, not an empty one.
  };
  static constexpr std::size_t kMaxConstants = 8;
  static constexpr std::size_t kMaxStringBytes = 512;

  std::uint32_t flags = 0;
  std::set<std::string> strings;
  std::set<std::int64_t> integers;

  // Nothing but a number, constant or bounded by the input.
  bool IsNumber() const {
    return strings.empty() && (flags & ~static_cast<std::uint32_t>(kNumber)) == 0;
  }
  bool Has(Flag flag) const { return (flags & flag) != 0; }
  // Adds what `other` may be. Over kMaxConstants strings become kBuilt, integers kNumber
  // (their smallest and largest stay).
  void Join(const Value& other);
  void AddString(std::string text);
  void AddInteger(std::int64_t value);
  bool operator==(const Value& other) const = default;

  static Value Of(Flag flag) {
    Value value;
    value.flags = flag;
    return value;
  }
};

// The values of all variables of one template, by name, without regard to order: a variable may be
// whatever any assignment, loop, or call gives it. Only parameters of macros are kept apart by
// macro; the engine looks up other names where the macro is called, so there every assignment
// counts. Found by repeating all assignments until nothing changes (at most kMaxRounds, then what
// still changes counts as built). Keeps a pointer to `ast`. Thread-safety: one thread only.
class Folder {
 public:
  static constexpr int kMaxRounds = 16;

  explicit Folder(const Ast* ast);

  // Never fails: what is not understood is kBuilt.
  const Value& Evaluate(NodeId id) const;

  bool has_settled() const { return has_settled_; }
  bool IsAssigned(std::string_view name) const { return assigned_.contains(std::string(name)); }
  const Node* FindMacro(std::string_view name) const;
  // The macro whose body `id` is in, or null.
  const Node* MacroOf(NodeId id) const { return macro_of_[id]; }

 private:
  Value Compute(NodeId id) const;
  void CollectAssignments();
  bool RunOnce();
  void AssignAppended(const Node& node, const Node& callee, bool* changed);
  void AssignCall(const Node& node, bool* changed);
  void Assign(const Node* macro, const std::string& name, const Value& value, bool* changed);
  void Join(const std::string& key, const Value& value, bool* changed);
  void MarkScope(NodeId id, const Node* macro);
  std::string LookupKey(const Node* macro, const std::string& name) const;
  Value Elements(const Value& container) const;
  Value EvaluateName(NodeId id) const;
  Value EvaluateAttribute(const Node& node) const;
  Value EvaluateItem(const Node& node) const;
  Value EvaluateSlice(const Node& node) const;
  Value EvaluateCall(const Node& node) const;
  Value EvaluateMethod(const Node& node, const Node& callee) const;
  Value EvaluateFilter(const Node& node) const;
  Value EvaluateBinary(const Node& node) const;
  Value Captured(const Node& body) const;

  const Ast* ast_;
  bool has_settled_ = false;
  // Values of this round, by node; all the same from the last round on.
  mutable std::vector<std::optional<Value>> known_;
  std::vector<const Node*> macro_of_;  // By node: the macro whose body it is in, or null.
  // Keys: "name" for what is no parameter, "macro(name" for a parameter, "*name" for all of them,
  // ".attribute" for those of namespaces.
  std::map<std::string, Value> variables_;
  std::set<std::string> assigned_;
  std::map<std::string, const Node*> macros_;
};

}  // namespace secai::quarantine

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "quarantine/template/ast.h"

namespace secai::quarantine {

// One way in which an expression may lie inside a parameter's value.
struct DescentPath {
  // How far below the parameter, in a measure in which a mapping counts 3 and a list 1, so that
  // also x|items (a list of pairs for a mapping) lies strictly below x. A literal around it counts
  // back.
  int level = 0;
  bool is_constant = false;     // A leaf such as none, "" or []: below everything.
  std::set<const Node*> loops;  // The loops whose variable the path goes through.
  std::string signature;        // Equal signatures are the same part of the data.
};

// Where the expressions of one macro lie relative to one of its parameters. Flow-insensitive: a
// local variable may be whatever the macro assigns it. Keeps pointers to what it is given.
class Descent {
 public:
  Descent(const Ast* ast, const Node* macro, std::string parameter);

  // All the ways in which the expression `id`, inside the loops `around` (outermost first), lies
  // inside the parameter; empty when there is a way in which it does not.
  std::vector<DescentPath> Paths(NodeId id, const std::vector<const Node*>& around);

 private:
  static constexpr std::size_t kMaxPaths = 16;

  void Collect(NodeId id);
  std::vector<DescentPath> Paths(NodeId id);
  const Node* LoopThatSets(const std::string& name) const;
  std::vector<DescentPath> PathsOfName(const std::string& name);
  std::vector<DescentPath> Shift(NodeId base, int levels, const std::string& step);
  std::vector<DescentPath> Union(const std::vector<NodeId>& alternatives);

  const Ast* ast_;
  std::string parameter_;
  std::map<std::string, std::vector<const Node*>>
      sources_;  // Of each local name: set and for nodes.
  std::vector<const Node*> around_;
  std::set<std::string> active_;  // Names being resolved: against cycles.
};

}  // namespace secai::quarantine

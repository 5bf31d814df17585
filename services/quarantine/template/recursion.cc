#include "quarantine/template/recursion.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "quarantine/template/descent.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxMacros = 64;
constexpr std::size_t kMaxChoices = 4096;  // Of argument positions in one group of macros.
constexpr int kMaxLiteralHeight = 3;

// One call of a macro, and what stands around it inside the macro that it is in.
struct MacroCall {
  const Node* call = nullptr;
  std::size_t callee = 0;
  bool is_guarded = false;
  std::vector<std::pair<const Node*, std::size_t>> branches;  // if node, which branch
  std::vector<const Node*> loops;
};

struct MacroInfo {
  const Node* node = nullptr;
  std::set<std::string> dependent;  // Names that depend on the parameters.
  std::vector<MacroCall> calls;
};

// The loops and conditions around a place.
struct Surroundings {
  bool is_guarded = false;
  std::vector<std::pair<const Node*, std::size_t>> branches;
  std::vector<const Node*> loops;
};

class RecursionRules {
 public:
  RecursionRules(const Ast& ast, const Folder& folder, TemplateFindings* findings)
      : ast_(ast), folder_(folder), findings_(findings) {}

  std::map<std::string, std::size_t> Run() {
    CollectMacros();
    if (failed_) return {};
    for (MacroInfo& macro : macros_) {
      CollectDependent(&macro);
      for (std::size_t i = 0; i < macro.node->children.size(); ++i) {
        Walk(macro.node->children[i], &macro, {});
      }
    }
    Close();
    std::bitset<kMaxMacros> done;
    for (std::size_t i = 0; i < macros_.size(); ++i) {
      if (!reaches_[i][i] || done[i]) continue;
      std::vector<std::size_t> group;
      for (std::size_t j = 0; j < macros_.size(); ++j) {
        if (j == i || (reaches_[i][j] && reaches_[j][i])) group.push_back(j);
      }
      for (const std::size_t member : group) {
        done[member] = true;
        positions_[macros_[member].node->text] = 0;
      }
      CheckGroup(group);
    }
    CheckCallBlocks();
    return positions_;
  }

 private:
  void Gate(const Node& node, std::string reason) {
    findings_->Gate("T-4", node.offset, std::move(reason));
  }

  void CollectMacros() {
    for (const Node& node : ast_.nodes) {
      if (node.kind != NodeKind::kMacro) continue;
      if (index_.contains(node.text) || macros_.size() >= kMaxMacros) {
        failed_ = true;
        return Gate(node, "macro is defined twice: " + QuoteForReason(node.text));
      }
      index_.emplace(node.text, macros_.size());
      macros_.push_back(MacroInfo{&node, {}, {}});
    }
  }

  bool Mentions(NodeId id, const std::set<std::string>& names) const {
    if (id == kNoNode) return false;
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kName) return names.contains(node.text);
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](NodeId child) { return Mentions(child, names); });
  }

  // Parameters, and local names assigned from something that mentions such a name.
  void CollectDependent(MacroInfo* macro) {
    macro->dependent.insert(macro->node->names.begin(), macro->node->names.end());
    std::vector<const Node*> sources;
    CollectSources(macro->node->children[0], &sources);
    for (bool changed = true; changed;) {
      changed = false;
      for (const Node* source : sources) {
        if (!Mentions(source->children[0], macro->dependent)) continue;
        for (const std::string& name : source->names) {
          changed = macro->dependent.insert(name).second || changed;
        }
      }
    }
  }

  void CollectSources(NodeId id, std::vector<const Node*>* sources) const {
    if (id == kNoNode) return;
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kSet || node.kind == NodeKind::kFor) sources->push_back(&node);
    for (const NodeId child : node.children) CollectSources(child, sources);
  }

  // Whether `id` can only be true where the parameters hold something: it is false for what is
  // undefined, which every walk down the data reaches in the end.
  bool IsGuard(NodeId id, const MacroInfo& macro) const {
    if (id == kNoNode) return false;
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kName:
      case NodeKind::kAttribute:
      case NodeKind::kItem:
        return Mentions(id, macro.dependent);
      case NodeKind::kCall: {
        const Node& callee = ast_.at(node.children[0]);
        return callee.kind == NodeKind::kAttribute && callee.text == "get" &&
               node.children.size() == 2 && Mentions(callee.children[0], macro.dependent);
      }
      case NodeKind::kFilter:
        return (node.text == "length" || node.text == "trim") &&
               Mentions(node.children[0], macro.dependent);
      case NodeKind::kTest: {
        static constexpr std::array<std::string_view, 8> kTests = {
            "defined", "mapping", "iterable", "sequence",
            "string",  "boolean", "number",   "not undefined"};
        return std::find(kTests.begin(), kTests.end(), node.text) != kTests.end() &&
               Mentions(node.children[0], macro.dependent);
      }
      case NodeKind::kBinary:
        return IsGuardingOperator(node, macro);
      default:
        return false;
    }
  }

  bool IsGuardingOperator(const Node& node, const MacroInfo& macro) const {
    const auto is_guard = [&](NodeId child) { return IsGuard(child, macro); };
    if (node.text == "and")
      return std::any_of(node.children.begin(), node.children.end(), is_guard);
    if (node.text == "or") return std::all_of(node.children.begin(), node.children.end(), is_guard);
    const Node& left = ast_.at(node.children[0]);
    const Node& right = ast_.at(node.children[1]);
    const bool left_depends = Mentions(node.children[0], macro.dependent);
    const bool right_depends = Mentions(node.children[1], macro.dependent);
    const auto is_text = [](const Node& side) {
      return side.kind == NodeKind::kString && !side.text.empty();
    };
    if (node.text == "==")
      return (left_depends && is_text(right)) || (right_depends && is_text(left));
    if (node.text == "in") {
      return (right_depends && is_text(left)) || (left_depends && right.kind == NodeKind::kList);
    }
    return node.text == ">" && left_depends && right.kind == NodeKind::kInteger;
  }

  void Walk(NodeId id, MacroInfo* macro, const Surroundings& around) {
    if (id == kNoNode) return;
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kIf:
        for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
          Walk(node.children[i], macro, around);
          WalkBranch(node, i / 2, node.children[i + 1], IsGuard(node.children[i], *macro), macro,
                     around);
        }
        if (node.children.size() % 2 == 1) {
          WalkBranch(node, node.children.size(), node.children.back(), false, macro, around);
        }
        return;
      case NodeKind::kConditional:
        Walk(node.children[1], macro, around);
        WalkBranch(node, 0, node.children[0], IsGuard(node.children[1], *macro), macro, around);
        WalkBranch(node, 1, node.children[2], false, macro, around);
        return;
      case NodeKind::kFor: {
        Walk(node.children[0], macro, around);
        Surroundings inside = around;
        inside.loops.push_back(&node);
        inside.is_guarded = inside.is_guarded || Mentions(node.children[0], macro->dependent);
        Walk(node.children[1], macro, inside);
        Walk(node.children[2], macro, inside);
        Walk(node.children[3], macro, around);
        return;
      }
      case NodeKind::kMacro:
        return;  // Its body is walked as its own.
      case NodeKind::kCall: {
        const Node& callee = ast_.at(node.children[0]);
        const auto found = callee.kind == NodeKind::kName ? index_.find(callee.text) : index_.end();
        if (found != index_.end()) {
          macro->calls.push_back(
              MacroCall{&node, found->second, around.is_guarded, around.branches, around.loops});
          reaches_[Index(*macro)][found->second] = true;
        }
        break;
      }
      default:
        break;
    }
    for (const NodeId child : node.children) Walk(child, macro, around);
  }

  void WalkBranch(const Node& node, std::size_t branch, NodeId body, bool is_guard,
                  MacroInfo* macro, const Surroundings& around) {
    Surroundings inside = around;
    inside.branches.emplace_back(&node, branch);
    inside.is_guarded = inside.is_guarded || is_guard;
    Walk(body, macro, inside);
  }

  std::size_t Index(const MacroInfo& macro) const {
    return static_cast<std::size_t>(&macro - macros_.data());
  }

  void Close() {
    for (std::size_t k = 0; k < macros_.size(); ++k) {
      for (std::size_t i = 0; i < macros_.size(); ++i) {
        if (reaches_[i][k]) reaches_[i] |= reaches_[k];
      }
    }
  }

  // The argument that `call` gives for parameter `position` of its callee; kNoNode when it has
  // none.
  NodeId Argument(const Node& call, const Node& callee, std::size_t position) const {
    std::size_t place = 0;
    for (std::size_t i = 1; i < call.children.size(); ++i) {
      const std::string& keyword = call.names[i - 1];
      if (keyword.empty() ? place == position : keyword == callee.names[position]) {
        return call.children[i];
      }
      if (keyword.empty()) ++place;
    }
    return kNoNode;
  }

  void CheckGroup(const std::vector<std::size_t>& group) {
    std::size_t choices = 1;
    for (const std::size_t member : group) {
      choices *= std::max<std::size_t>(1, macros_[member].node->names.size());
      if (choices > kMaxChoices) {
        return Gate(*macros_[group[0]].node, "too many macros call each other");
      }
    }
    std::optional<std::string> problem;
    const Node* where = nullptr;
    for (std::size_t choice = 0; choice < choices; ++choice) {
      std::map<std::size_t, std::size_t> positions;
      std::size_t rest = choice;
      for (const std::size_t member : group) {
        const std::size_t count = std::max<std::size_t>(1, macros_[member].node->names.size());
        positions[member] = rest % count;
        rest /= count;
      }
      const Node* place = nullptr;
      std::optional<std::string> failure = TryPositions(positions, &place);
      if (!failure) {
        for (const auto& [member, position] : positions) {
          positions_[macros_[member].node->text] = position;
        }
        return;
      }
      if (!problem) problem = std::move(failure), where = place;
    }
    Gate(*where, *problem);
  }

  std::optional<std::string> TryPositions(const std::map<std::size_t, std::size_t>& positions,
                                          const Node** where) {
    for (const auto& [member, position] : positions) {
      const MacroInfo& macro = macros_[member];
      *where = macro.node;
      if (macro.node->names.empty()) return "macro without parameters calls itself";
      Descent descent(&ast_, macro.node, macro.node->names[position]);
      std::vector<std::pair<const MacroCall*, std::vector<DescentPath>>> seen;
      for (const MacroCall& call : macro.calls) {
        const auto target = positions.find(call.callee);
        if (target == positions.end()) continue;
        *where = call.call;
        const Node& callee = *macros_[call.callee].node;
        std::vector<DescentPath> paths =
            descent.Paths(Argument(*call.call, callee, target->second), call.loops);
        if (auto failure = CheckCall(call, paths)) return failure;
        for (const auto& [other, other_paths] : seen) {
          if (!AreExclusive(call, *other) && Share(paths, other_paths)) {
            return "recursive calls visit the same part twice";
          }
        }
        seen.emplace_back(&call, std::move(paths));
      }
    }
    return CheckEntries(positions, where);
  }

  std::optional<std::string> CheckCall(const MacroCall& call,
                                       const std::vector<DescentPath>& paths) const {
    if (!call.is_guarded) return "recursive call without a condition on the parameters";
    if (paths.empty()) return "no argument of the recursive call descends into the data";
    for (const DescentPath& path : paths) {
      if (path.is_constant) continue;
      if (path.level < 1) return "no argument of the recursive call descends into the data";
      const bool through_all =
          std::all_of(call.loops.begin(), call.loops.end(),
                      [&](const Node* loop) { return path.loops.contains(loop); });
      if (!through_all) return "recursive call repeats for each round of a loop";
    }
    return std::nullopt;
  }

  static bool AreExclusive(const MacroCall& a, const MacroCall& b) {
    for (const auto& [node, branch] : a.branches) {
      for (const auto& [other, other_branch] : b.branches) {
        if (node == other && branch != other_branch) return true;
      }
    }
    return false;
  }

  static bool Share(const std::vector<DescentPath>& a, const std::vector<DescentPath>& b) {
    return std::any_of(a.begin(), a.end(), [&](const DescentPath& path) {
      return !path.is_constant && std::any_of(b.begin(), b.end(), [&](const DescentPath& other) {
        return !other.is_constant && other.signature == path.signature;
      });
    });
  }

  // Calls from outside the group start the walk at data of the input.
  std::optional<std::string> CheckEntries(const std::map<std::size_t, std::size_t>& positions,
                                          const Node** where) {
    std::set<const Node*> inner;
    for (const auto& [member, position] : positions) {
      for (const MacroCall& call : macros_[member].calls) {
        if (positions.contains(call.callee)) inner.insert(call.call);
      }
    }
    for (const Node& node : ast_.nodes) {
      if (node.kind != NodeKind::kCall || inner.contains(&node)) continue;
      const Node& callee = ast_.at(node.children[0]);
      const auto found = callee.kind == NodeKind::kName ? index_.find(callee.text) : index_.end();
      if (found == index_.end() || !positions.contains(found->second)) continue;
      *where = &node;
      const Node& macro = *macros_[found->second].node;
      const NodeId argument = Argument(node, macro, positions.at(found->second));
      if (argument == kNoNode) continue;  // Undefined or the default: nothing to walk.
      const Node& value_node = ast_.at(argument);
      const bool is_literal =
          value_node.kind == NodeKind::kList || value_node.kind == NodeKind::kDict;
      if (is_literal && value_node.height <= kMaxLiteralHeight) continue;
      const Value value = folder_.Evaluate(argument);
      if (value.Has(Value::kMade) || value.Has(Value::kNamespace)) {
        return "recursive macro walks data that the template made";
      }
    }
    return std::nullopt;
  }

  // The body of a call block runs inside the macro: it may call no macro itself.
  void CheckCallBlocks() {
    for (const Node& node : ast_.nodes) {
      if (node.kind != NodeKind::kCallBlock) continue;
      if (HasMacroCall(node.children[1])) Gate(node, "call block calls a macro in its body");
    }
  }

  bool HasMacroCall(NodeId id) const {
    if (id == kNoNode) return false;
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kCall) {
      const Node& callee = ast_.at(node.children[0]);
      if (callee.kind == NodeKind::kName &&
          (index_.contains(callee.text) || callee.text == "caller")) {
        return true;
      }
    }
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](NodeId child) { return HasMacroCall(child); });
  }

  const Ast& ast_;
  const Folder& folder_;
  TemplateFindings* findings_;
  bool failed_ = false;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::size_t> positions_;
  std::vector<MacroInfo> macros_;
  std::array<std::bitset<kMaxMacros>, kMaxMacros> reaches_ = {};
};

}  // namespace

std::map<std::string, std::size_t> CheckRecursion(const Ast& ast, const Folder& folder,
                                                  TemplateFindings* findings) {
  return RecursionRules(ast, folder, findings).Run();
}

}  // namespace secai::quarantine

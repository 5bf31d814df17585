#include "quarantine/template/descent.h"

#include <algorithm>
#include <utility>

namespace secai::quarantine {
namespace {

constexpr int kMappingLevels = 3;
constexpr int kListLevels = 1;

}  // namespace

Descent::Descent(const Ast* ast, const Node* macro, std::string parameter)
    : ast_(ast), parameter_(std::move(parameter)) {
  for (const NodeId child : macro->children) Collect(child);
}

void Descent::Collect(NodeId id) {
  if (id == kNoNode) return;
  const Node& node = ast_->at(id);
  if (node.kind == NodeKind::kSet || node.kind == NodeKind::kFor ||
      node.kind == NodeKind::kSetBlock) {
    for (const std::string& name : node.names) sources_[name].push_back(&node);
  }
  for (const NodeId child : node.children) Collect(child);
}

std::vector<DescentPath> Descent::Union(const std::vector<NodeId>& alternatives) {
  std::vector<DescentPath> all;
  for (const NodeId id : alternatives) {
    std::vector<DescentPath> paths = Paths(id);
    if (paths.empty() || all.size() + paths.size() > kMaxPaths) return {};
    all.insert(all.end(), paths.begin(), paths.end());
  }
  return all;
}

std::vector<DescentPath> Descent::Shift(NodeId base, int levels, const std::string& step) {
  std::vector<DescentPath> paths = Paths(base);
  for (DescentPath& path : paths) {
    if (path.is_constant) continue;
    path.level += levels;
    path.signature += step;
  }
  return paths;
}

std::vector<DescentPath> Descent::Paths(NodeId id, const std::vector<const Node*>& around) {
  around_ = around;
  return Paths(id);
}

// The innermost of the loops around that has `name` as its variable.
const Node* Descent::LoopThatSets(const std::string& name) const {
  for (auto loop = around_.rbegin(); loop != around_.rend(); ++loop) {
    if (std::find((*loop)->names.begin(), (*loop)->names.end(), name) != (*loop)->names.end()) {
      return *loop;
    }
  }
  return nullptr;
}

std::vector<DescentPath> Descent::PathsOfName(const std::string& name) {
  DescentPath self;
  self.signature = name;
  const auto found = sources_.find(name);
  // While `name` is being resolved it stands for itself: what its assignment adds must not lead up.
  if (active_.contains(name)) return {self};
  std::vector<DescentPath> all;
  if (name == parameter_) {
    all.push_back(self);
  } else if (found == sources_.end()) {
    return {};
  }
  if (found == sources_.end()) return all;
  active_.insert(name);
  const Node* loop_around = LoopThatSets(name);
  for (const Node* source : found->second) {
    // Inside a loop its variable hides what other loops gave the same name.
    if (loop_around != nullptr && source->kind == NodeKind::kFor && source != loop_around) continue;
    std::vector<DescentPath> paths;
    if (source->kind == NodeKind::kFor) {
      // Several targets unpack what the loop gives: one list more.
      paths = Shift(source->children[0], kListLevels + (source->names.size() > 1 ? kListLevels : 0),
                    ".*");
      for (DescentPath& path : paths) path.loops.insert(source);
    } else if (source->kind == NodeKind::kSet && source->names.size() == 1) {
      paths = Paths(source->children[0]);
    }
    const bool leads_up = std::any_of(paths.begin(), paths.end(),
                                      [](const DescentPath& path) { return path.level < 0; });
    if (paths.empty() || leads_up || all.size() + paths.size() > kMaxPaths) {
      all.clear();
      break;
    }
    all.insert(all.end(), paths.begin(), paths.end());
  }
  active_.erase(name);
  return all;
}

std::vector<DescentPath> Descent::Paths(NodeId id) {
  if (id == kNoNode) return {};
  const Node& node = ast_->at(id);
  DescentPath leaf;
  leaf.is_constant = true;
  switch (node.kind) {
    case NodeKind::kString:
    case NodeKind::kInteger:
    case NodeKind::kFloat:
    case NodeKind::kConstant:
      return {leaf};
    case NodeKind::kName:
      return PathsOfName(node.text);
    case NodeKind::kAttribute:
      return Shift(node.children[0], kMappingLevels, "." + node.text);
    case NodeKind::kItem: {
      const Node& key = ast_->at(node.children[1]);
      // A string key is of a mapping; x[0] of a string gives the same string again.
      if (key.kind != NodeKind::kString) return Shift(node.children[0], 0, "[?]");
      return Shift(node.children[0], kMappingLevels, "." + key.text);
    }
    case NodeKind::kSlice:
      return Shift(node.children[0], 0, "[:]");
    case NodeKind::kFilter:
      if (node.text == "items" || node.text == "dictsort") {
        return Shift(node.children[0], kListLevels, "");
      }
      if (node.text == "list" || node.text == "selectattr" || node.text == "rejectattr" ||
          node.text == "sort") {
        return Shift(node.children[0], 0, "");
      }
      if (node.text == "default") return Union(node.children);
      return {};
    case NodeKind::kCall: {
      const Node& callee = ast_->at(node.children[0]);
      if (callee.kind != NodeKind::kAttribute || node.children.size() > 3) return {};
      if (callee.text == "items") return Shift(callee.children[0], kListLevels, "");
      if (callee.text == "values") return Shift(callee.children[0], kListLevels * 2, "");
      if (callee.text != "get" || node.children.size() < 2) return {};
      const Node& key = ast_->at(node.children[1]);
      if (key.kind != NodeKind::kString) return {};
      std::vector<DescentPath> paths = Shift(callee.children[0], kMappingLevels, "." + key.text);
      if (node.children.size() == 3) {
        const std::vector<DescentPath> fallback = Paths(node.children[2]);
        if (paths.empty() || fallback.empty()) return {};
        paths.insert(paths.end(), fallback.begin(), fallback.end());
      }
      return paths;
    }
    case NodeKind::kBinary:
      return node.text == "or" ? Union(node.children) : std::vector<DescentPath>{};
    case NodeKind::kConditional:
      if (node.children[2] == kNoNode) return Paths(node.children[0]);
      return Union({node.children[0], node.children[2]});
    case NodeKind::kList:
    case NodeKind::kDict: {
      if (node.children.empty()) return {leaf};
      std::vector<DescentPath> paths = Union(node.children);
      const int levels = node.kind == NodeKind::kDict ? kMappingLevels : kListLevels;
      for (DescentPath& path : paths) {
        if (!path.is_constant) path.level -= levels;
      }
      return paths;
    }
    default:
      return {};
  }
}

}  // namespace secai::quarantine

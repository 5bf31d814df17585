#include "quarantine/template/fold.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "quarantine/template/fold_strings.h"

namespace secai::quarantine {
namespace {

constexpr std::int64_t kSmallStep = 1024;

}  // namespace

void Value::AddString(std::string text) {
  if (text.size() > kMaxStringBytes ||
      (strings.size() >= kMaxConstants && !strings.contains(text))) {
    flags |= kBuilt;
    return;
  }
  strings.insert(std::move(text));
}

void Value::AddInteger(std::int64_t value) {
  integers.insert(value);
  if (integers.size() <= kMaxConstants) return;
  flags |= kNumber;
  integers.erase(std::next(integers.begin()));  // The smallest and the largest stay known.
}

void Value::Join(const Value& other) {
  flags |= other.flags;
  for (const std::string& text : other.strings) AddString(text);
  for (const std::int64_t value : other.integers) AddInteger(value);
}

Folder::Folder(const Ast* ast)
    : ast_(ast), known_(ast->nodes.size()), macro_of_(ast->nodes.size(), nullptr) {
  MarkScope(ast->root, nullptr);
  CollectAssignments();
  for (int round = 1; round <= kMaxRounds; ++round) {
    known_.assign(ast_->nodes.size(), std::nullopt);
    has_settled_ = !RunOnce();
    if (has_settled_) break;
  }
  known_.assign(ast_->nodes.size(), std::nullopt);
}

const Node* Folder::FindMacro(std::string_view name) const {
  const auto found = macros_.find(std::string(name));
  return found == macros_.end() ? nullptr : found->second;
}

void Folder::CollectAssignments() {
  for (const Node& node : ast_->nodes) {
    switch (node.kind) {
      case NodeKind::kSet:
      case NodeKind::kSetBlock:
      case NodeKind::kFor:
      case NodeKind::kCallBlock:
        assigned_.insert(node.names.begin(), node.names.end());
        break;
      case NodeKind::kMacro:
        macros_.emplace(node.text, &node);
        assigned_.insert(node.text);
        assigned_.insert(node.names.begin(), node.names.end());
        break;
      default:
        break;
    }
  }
}

void Folder::MarkScope(NodeId id, const Node* macro) {
  if (id == kNoNode) return;
  const Node& node = ast_->at(id);
  macro_of_[id] = macro;
  const Node* inner = node.kind == NodeKind::kMacro ? &node : macro;
  for (const NodeId child : node.children) MarkScope(child, inner);
}

namespace {

bool IsParameter(const Node* macro, const std::string& name) {
  return macro != nullptr &&
         std::find(macro->names.begin(), macro->names.end(), name) != macro->names.end();
}

}  // namespace

std::string Folder::LookupKey(const Node* macro, const std::string& name) const {
  if (IsParameter(macro, name)) return macro->text + "(" + name;
  return macro == nullptr ? name : "*" + name;
}

void Folder::Join(const std::string& key, const Value& value, bool* changed) {
  Value& known = variables_[key];
  Value joined = known;
  joined.Join(value);
  // A counter goes on for ever: once it is kNumber, only a leap counts as news.
  if (known.Has(Value::kNumber) && known.integers.size() >= Value::kMaxConstants &&
      *joined.integers.rbegin() <= 2 * *known.integers.rbegin() + kSmallStep) {
    joined.integers = known.integers;
  }
  if (joined == known) return;
  known = std::move(joined);
  *changed = true;
}

void Folder::Assign(const Node* macro, const std::string& name, const Value& value, bool* changed) {
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos) return Join(name.substr(dot), value, changed);
  Join("*" + name, value, changed);
  Join(IsParameter(macro, name) ? LookupKey(macro, name) : name, value, changed);
}

// list.append(x): the variable then holds x as well.
void Folder::AssignAppended(const Node& node, const Node& callee, bool* changed) {
  const NodeId list_id = callee.children[0];
  const Node& list = ast_->at(list_id);
  Value value = Value::Of(Value::kContainer);
  for (std::size_t i = 1; i < node.children.size(); ++i) value.Join(Evaluate(node.children[i]));
  if (list.kind == NodeKind::kName) {
    Assign(macro_of_[list_id], list.text, value, changed);
  } else if (list.kind == NodeKind::kAttribute) {
    Join("." + list.text, value, changed);
  }
}

void Folder::AssignCall(const Node& node, bool* changed) {
  const Node& callee = ast_->at(node.children[0]);
  if (callee.kind == NodeKind::kAttribute && callee.text == "append") {
    return AssignAppended(node, callee, changed);
  }
  if (callee.kind != NodeKind::kName) return;
  const Node* macro = FindMacro(callee.text);
  std::set<std::string> given;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const std::string& keyword = node.names[i - 1];
    const Value value = Evaluate(node.children[i]);
    if (callee.text == "namespace" && !keyword.empty()) {
      Join("." + keyword, value, changed);
    }
    if (macro == nullptr || (keyword.empty() && i > macro->names.size())) continue;
    const std::string& parameter = keyword.empty() ? macro->names[i - 1] : keyword;
    given.insert(parameter);
    Assign(macro, parameter, value, changed);
  }
  if (macro == nullptr) return;
  for (const std::string& parameter : macro->names) {
    // Not given: the engine may find a variable of that name around the call.
    if (given.contains(parameter)) continue;
    const auto found = variables_.find("*" + parameter);
    if (found != variables_.end()) {
      const Value value = found->second;
      Assign(macro, parameter, value, changed);
    }
  }
}

bool Folder::RunOnce() {
  bool changed = false;
  for (NodeId id = 0; id < ast_->nodes.size(); ++id) {
    const Node& node = ast_->at(id);
    const auto assign = [&](const Node* macro, const std::string& name, const Value& value) {
      Assign(macro, name, value, &changed);
    };
    const Node* scope = macro_of_[id];
    switch (node.kind) {
      case NodeKind::kSet: {
        Value value = Evaluate(node.children[0]);
        if (node.names.size() > 1) value = Elements(value);
        for (const std::string& name : node.names) assign(scope, name, value);
        break;
      }
      case NodeKind::kSetBlock:
        assign(scope, node.names[0],
               node.children[1] == kNoNode ? Captured(ast_->at(node.children[0]))
                                           : Value::Of(Value::kBuilt));
        break;
      case NodeKind::kFor: {
        const Value value = Elements(Evaluate(node.children[0]));
        for (const std::string& name : node.names) assign(scope, name, value);
        break;
      }
      case NodeKind::kCallBlock:
        for (const std::string& name : node.names) assign(scope, name, Value::Of(Value::kBuilt));
        break;
      case NodeKind::kMacro:
        for (std::size_t i = 0; i < node.names.size(); ++i) {
          if (node.children[i + 1] == kNoNode) continue;
          assign(&node, node.names[i], Evaluate(node.children[i + 1]));
        }
        break;
      case NodeKind::kCall:
        AssignCall(node, &changed);
        break;
      default:
        break;
    }
  }
  return changed;
}

Value Folder::Elements(const Value& container) const {
  Value value = container;
  // The characters of a constant string are pieces of it.
  if (!container.Has(Value::kContainer) && !container.strings.empty()) value.flags |= Value::kBuilt;
  return value;
}

const Value& Folder::Evaluate(NodeId id) const {
  static const Value kNothing;
  if (id == kNoNode) return kNothing;
  if (!known_[id].has_value()) known_[id] = Compute(id);
  return *known_[id];
}

Value Folder::Compute(NodeId id) const {
  const Node& node = ast_->at(id);
  Value value;
  switch (node.kind) {
    case NodeKind::kString:
      value.AddString(node.text);
      return value;
    case NodeKind::kInteger:
      value.AddInteger(node.integer);
      return value;
    case NodeKind::kFloat:
    case NodeKind::kConstant:
    case NodeKind::kTest:
      return Value::Of(Value::kOther);
    case NodeKind::kName:
      return EvaluateName(id);
    case NodeKind::kAttribute:
      return EvaluateAttribute(node);
    case NodeKind::kItem:
      return EvaluateItem(node);
    case NodeKind::kSlice:
      return EvaluateSlice(node);
    case NodeKind::kCall:
      return EvaluateCall(node);
    case NodeKind::kFilter:
      return EvaluateFilter(node);
    case NodeKind::kUnary:
      value = Evaluate(node.children[0]);
      if (node.text == "not") return Value::Of(Value::kOther);
      if (node.text == "-") {
        Value negated;
        negated.flags = value.flags;
        for (const std::int64_t number : value.integers) negated.AddInteger(-number);
        return negated;
      }
      return value;
    case NodeKind::kBinary:
      return EvaluateBinary(node);
    case NodeKind::kConditional:
      value = Evaluate(node.children[0]);
      value.Join(Evaluate(node.children[2]));
      return value;
    case NodeKind::kList:
    case NodeKind::kDict:
      value = Value::Of(Value::kContainer);
      if (!node.children.empty()) value.flags |= Value::kMade;
      for (const NodeId child : node.children) value.Join(Evaluate(child));
      return value;
    default:
      return Value::Of(Value::kBuilt);
  }
}

Value Folder::EvaluateName(NodeId id) const {
  const Node& node = ast_->at(id);
  const auto found = variables_.find(LookupKey(macro_of_[id], node.text));
  if (found != variables_.end()) return found->second;
  if (node.text == "loop") return Value::Of(Value::kOther);
  // Not assigned: of the caller. Assigned, but nothing known yet: nothing.
  return assigned_.contains(node.text) ? Value{} : Value::Of(Value::kData);
}

Value Folder::EvaluateAttribute(const Node& node) const {
  const Node& base = ast_->at(node.children[0]);
  if (base.kind == NodeKind::kName && base.text == "loop") {
    const bool is_item = node.text == "previtem" || node.text == "nextitem";
    return Value::Of(is_item ? Value::kData : Value::kNumber);
  }
  const Value owner = Evaluate(node.children[0]);
  Value value;
  if (owner.Has(Value::kNamespace)) {
    const auto found = variables_.find("." + node.text);
    if (found != variables_.end()) value = found->second;
    if ((owner.flags & ~(Value::kNamespace | Value::kOther)) == 0) return value;
  }
  value.flags |= Value::kData;
  if (owner.Has(Value::kContainer)) value.Join(owner);
  return value;
}

Value Folder::EvaluateItem(const Node& node) const {
  const Value owner = Evaluate(node.children[0]);
  const Value key = Evaluate(node.children[1]);
  if (owner.strings.empty()) {
    Value value = owner;
    if (owner.Has(Value::kData)) value.flags = (value.flags & ~Value::kBuilt) | Value::kData;
    return value;
  }
  if (owner.Has(Value::kContainer)) return owner;
  Value value;
  value.flags = owner.flags;
  for (const std::string& text : owner.strings) {
    if (key.integers.empty() || key.flags != 0 || !IsAscii(text)) value.flags |= Value::kBuilt;
    for (const std::int64_t index : key.integers) {
      if (auto character = CharacterAt(text, index)) value.AddString(std::move(*character));
    }
  }
  return value;
}

Value Folder::EvaluateSlice(const Node& node) const {
  const Value owner = Evaluate(node.children[0]);
  Value value;
  value.flags = owner.flags;
  if (owner.strings.empty()) {
    value.flags |= Value::kContainer;
    return value;
  }
  std::optional<std::int64_t> bounds[3];
  bool is_known = !owner.Has(Value::kContainer);
  for (std::size_t i = 0; i < 3; ++i) {
    if (node.children[i + 1] == kNoNode) continue;
    const Value bound = Evaluate(node.children[i + 1]);
    is_known = is_known && bound.flags == 0 && bound.strings.empty() && bound.integers.size() == 1;
    if (is_known) bounds[i] = *bound.integers.begin();
  }
  if (!is_known) {
    value.Join(owner);
    value.flags |= Value::kBuilt;
    return value;
  }
  for (const std::string& text : owner.strings) {
    if (!IsAscii(text)) value.flags |= Value::kBuilt;
    value.AddString(SliceString(text, bounds[0], bounds[1], bounds[2]));
  }
  return value;
}

Value Folder::EvaluateCall(const Node& node) const {
  const Node& callee = ast_->at(node.children[0]);
  if (callee.kind == NodeKind::kAttribute) return EvaluateMethod(node, callee);
  if (callee.kind != NodeKind::kName) return Value::Of(Value::kBuilt);
  if (callee.text == "namespace") {
    Value value = Value::Of(Value::kNamespace);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      if (node.names[i - 1].empty()) value.flags |= Value::kData;  // namespace(dict)
    }
    return value;
  }
  if (callee.text == "range") {
    Value value = Value::Of(Value::kNumber);
    value.flags |= Value::kContainer;
    return value;
  }
  if (callee.text == "raise_exception") return Value::Of(Value::kOther);
  return Value::Of(Value::kBuilt);
}

Value Folder::EvaluateMethod(const Node& node, const Node& callee) const {
  const std::string& method = callee.text;
  const Value owner = Evaluate(callee.children[0]);
  std::vector<Value> arguments;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    arguments.push_back(Evaluate(node.children[i]));
  }
  if (method == "find" || method == "index" || method == "count") {
    return Value::Of(Value::kNumber);
  }
  if (method == "startswith" || method == "endswith" || method == "append") {
    return Value::Of(Value::kOther);
  }
  if (method == "get" || method == "pop") {
    Value value = owner;
    value.flags |= Value::kData;
    if (arguments.size() > 1) value.Join(arguments[1]);
    return value;
  }
  if (method == "items" || method == "keys" || method == "values") {
    Value value = owner;
    value.flags |= Value::kContainer;
    return value;
  }
  if (method == "split" || method == "rsplit") {
    Value value;
    value.flags = owner.flags | Value::kContainer;
    if (!owner.strings.empty()) value.flags |= Value::kBuilt;
    return value;
  }
  return FoldStringMethod(method, owner, arguments);
}

Value Folder::EvaluateFilter(const Node& node) const {
  const std::string& filter = node.text;
  const Value owner = Evaluate(node.children[0]);
  std::vector<Value> arguments;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    arguments.push_back(Evaluate(node.children[i]));
  }
  if (filter == "length" || filter == "count") return Value::Of(Value::kNumber);
  if (filter == "int" || filter == "float" || filter == "abs" || filter == "round") {
    Value value;
    value.flags = (owner.flags & (Value::kData | Value::kNumber)) | Value::kOther;
    for (const std::int64_t number : owner.integers) value.AddInteger(number);
    if (!owner.strings.empty() || owner.Has(Value::kBuilt)) value.flags |= Value::kData;
    return value;
  }
  if (filter == "default") {
    Value value = owner;
    for (const Value& argument : arguments) value.Join(argument);
    return value;
  }
  if (filter == "first" || filter == "last" || filter == "min" || filter == "max") {
    return Elements(owner);
  }
  if (filter == "list" || filter == "unique" || filter == "sort" || filter == "select" ||
      filter == "reject" || filter == "selectattr" || filter == "rejectattr" || filter == "batch" ||
      filter == "slice" || filter == "items" || filter == "dictsort") {
    Value value = Elements(owner);
    value.flags |= Value::kContainer;
    return value;
  }
  if (filter == "map") {
    Value value = Value::Of(Value::kContainer);
    value.flags |= owner.flags | Value::kData;
    if (!owner.strings.empty()) value.flags |= Value::kBuilt;
    return value;
  }
  if (filter == "string" || filter == "safe" || filter == "tojson") return owner;
  if (filter == "join") {
    Value value = Value::Of(Value::kBuilt);
    value.Join(owner);
    return value;
  }
  if (filter == "trim") return FoldStringMethod("strip", owner, arguments);
  return FoldStringMethod(filter, owner, arguments);
}

Value Folder::EvaluateBinary(const Node& node) const {
  const std::string& op = node.text;
  if (op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=" ||
      op == "in" || op == "not in") {
    return Value::Of(Value::kOther);
  }
  Value value = Evaluate(node.children[0]);
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Value right = Evaluate(node.children[i]);
    if (op == "and" || op == "or") {
      value.Join(right);
    } else if (op == "~") {
      value = ConcatenateValues(value, right);
    } else if (op == "+") {
      value = AddValues(value, right);
    } else {
      value = FoldArithmetic(op, value, right);
    }
  }
  return value;
}

// The text of a block made of text and constant outputs only; anything else is built.
Value Folder::Captured(const Node& body) const {
  Value value;
  value.AddString("");
  for (const NodeId id : body.children) {
    const Node& node = ast_->at(id);
    Value piece;
    if (node.kind == NodeKind::kText) {
      piece.AddString(node.text);
    } else if (node.kind == NodeKind::kOutput) {
      piece = Evaluate(node.children[0]);
    } else {
      piece = Value::Of(Value::kBuilt);
    }
    value = ConcatenateValues(value, piece);
  }
  return value;
}

}  // namespace secai::quarantine

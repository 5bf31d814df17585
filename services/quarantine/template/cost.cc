#include "quarantine/template/cost.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "quarantine/template/growth.h"
#include "quarantine/template/size.h"

namespace secai::quarantine {
namespace {

constexpr double kMaxCount = 16.0 * 1024 * 1024;  // Bytes of constants; 4,096 copies of the input.
constexpr double kMaxSteps = 4.0 * 1000 * 1000;
constexpr int kMaxLoopDegree = 3;
constexpr int kMaxSizeDegree = 6;  // Of what three loops can put together; census: 5.
constexpr std::int64_t kMaxRange = 1024;
constexpr std::size_t kMaxRepeatedText =
    64;  // Of a constant that is repeated by an unknown number.
constexpr double kMaxRepeatedBytes = 64.0 * 1024;  // Of a constant after repetition.
constexpr std::size_t kMaxEvaluations = 400'000;
constexpr int kPasses = 3;
constexpr int kNotDerived = 0;
constexpr int kAnything = -2;     // Of constants: they do not matter.
constexpr int kCallersLoop = -1;  // The innermost loop around the call of a macro.

struct Steps {
  double count = 0;
  int degree = 0;

  void Add(const Steps& other) {
    count += other.count;
    degree = std::max(degree, other.degree);
  }
  Steps Times(const Steps& other) const { return {count * other.count, degree + other.degree}; }
};

// What a macro does when it is called, in terms of its parameters and the variables around it.
struct Summary {
  Size out;
  Steps steps;
  RoundEffect effects;  // On attributes of namespaces.
  RoundEffect passed;   // To parameters of macros that are being run: recursion.
  bool is_done = false;
};

// What of a call changes what the macro costs.
struct CallContext {
  const Node* macro = nullptr;
  std::uint64_t mask = 0;  // Parameters that get a part of the innermost loop's element.
  std::map<int, std::size_t> lengths;  // Parameters that get a list of known length.

  auto operator<=>(const CallContext& other) const = default;
};

// What is known at one place of the template.
struct Scope {
  RoundEffect values;                  // Sizes of variables that were assigned here.
  std::map<int, int> derived;          // Of variables: the loop whose element they are a part of.
  std::map<int, std::size_t> lengths;  // Of variables that hold a list with that many items.
  int loop = kNotDerived;              // The innermost loop over input.
  bool is_open = false;                // Inside a loop or macro: unknown variables are symbols.
  RoundEffect passed;
  Size out;
  Steps steps;
};

class CostRules {
 public:
  CostRules(const Ast& ast, const Folder& folder,
            const std::map<std::string, std::size_t>& recursive, TemplateFindings* findings)
      : ast_(ast), folder_(folder), recursive_(recursive), findings_(findings) {}

  void Run() {
    JoinAliases();
    // Constant lists flow through variables that are symbols at first: later passes know them.
    for (int pass = 1; pass < kPasses; ++pass) {
      const auto known = constants_;
      Scope scope;
      RunBody(ast_.root, &scope);
      if (constants_ == known) break;
      summaries_.clear();
    }
    Scope scope;
    RunBody(ast_.root, &scope);
    const Node& root = ast_.at(ast_.root);
    CheckSteps(scope.steps, root);
    CheckSize(scope.out, root);
  }

 private:
  void Gate(const Node& node, std::string reason) {
    findings_->Gate("T-4", node.offset, std::move(reason));
  }
  bool IsOverBudget(const Node& node) {
    if (++evaluations_ <= kMaxEvaluations) return false;
    if (evaluations_ == kMaxEvaluations + 1)
      Gate(node, "template is too complex to bound its cost");
    return true;
  }
  void CheckSteps(const Steps& steps, const Node& node) {
    if (steps.degree > kMaxLoopDegree) {
      Gate(node,
           "more than " + std::to_string(kMaxLoopDegree) + " loops over the input in each other");
    } else if (steps.count > kMaxSteps) {
      Gate(node, "runs too many steps");
    }
  }
  Size CheckSize(Size size, const Node& node) {
    if (size.MaxDegree() > kMaxSizeDegree) {
      Gate(node, "value grows faster than the input allows");
    } else if (size.MaxCount() > kMaxCount) {
      Gate(node, "value holds too many copies");
    }
    return size;
  }

  // ---- names

  int Intern(const std::string& name) {
    return symbols_.emplace(name, static_cast<int>(symbols_.size()) + 1).first->second;
  }
  std::string ScopedName(NodeId id, const std::string& name) const {
    const Node* macro = folder_.MacroOf(id);
    const bool is_parameter =
        macro != nullptr &&
        std::find(macro->names.begin(), macro->names.end(), name) != macro->names.end();
    return is_parameter ? macro->text + "(" + name : name;
  }
  int VariableSymbol(NodeId id, const std::string& name) { return Intern(ScopedName(id, name)); }
  int AttributeSymbol(NodeId id, const std::string& name, const std::string& attribute) {
    return Intern(Root(ScopedName(id, name)) + "." + attribute);
  }
  bool IsAttributeSymbol(int symbol) const {
    const auto found = std::find_if(symbols_.begin(), symbols_.end(),
                                    [&](const auto& entry) { return entry.second == symbol; });
    return found != symbols_.end() && found->first.find('.') != std::string::npos;
  }

  // Names of one namespace: `set b = a`, and parameters that get one.
  std::string Root(std::string name) const {
    for (auto found = alias_.find(name); found != alias_.end(); found = alias_.find(name)) {
      name = found->second;
    }
    return name;
  }
  void JoinNames(const std::string& a, const std::string& b) {
    const std::string first = Root(a);
    const std::string second = Root(b);
    if (first != second) alias_[first] = second;
  }
  void JoinNamesIn(NodeId id, const std::string& target) {
    if (id == kNoNode) return;
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kName) JoinNames(target, ScopedName(id, node.text));
    for (const NodeId child : node.children) JoinNamesIn(child, target);
  }
  bool IsNamespaceCall(const Node& node) const {
    return node.kind == NodeKind::kCall && ast_.at(node.children[0]).text == "namespace";
  }

  void JoinAliases() {
    for (NodeId id = 0; id < ast_.nodes.size(); ++id) {
      const Node& node = ast_.at(id);
      if (node.kind == NodeKind::kSet) {
        if (IsNamespaceCall(ast_.at(node.children[0]))) continue;
        if (!folder_.Evaluate(node.children[0]).Has(Value::kNamespace)) continue;
        if (node.names.size() > 1 || node.names[0].find('.') != std::string::npos) {
          Gate(node, "namespace is stored inside another value");
        } else {
          JoinNamesIn(node.children[0], ScopedName(id, node.names[0]));
        }
      } else if (node.kind == NodeKind::kList || node.kind == NodeKind::kDict) {
        if (folder_.Evaluate(id).Has(Value::kNamespace)) {
          Gate(node, "namespace is stored inside another value");
        }
      } else if (node.kind == NodeKind::kCall) {
        JoinArguments(node);
      }
    }
  }

  void JoinArguments(const Node& node) {
    const Node& callee = ast_.at(node.children[0]);
    const Node* macro = callee.kind == NodeKind::kName ? folder_.FindMacro(callee.text) : nullptr;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Value value = folder_.Evaluate(node.children[i]);
      if (macro == nullptr) {
        // append() and namespace(x=...) keep what they get; a container may then hold itself.
        const bool keeps = callee.text == "append" || callee.text == "namespace";
        const bool is_container = value.Has(Value::kMade) || value.Has(Value::kContainer);
        if (keeps && (value.Has(Value::kNamespace) || (callee.text == "append" && is_container))) {
          Gate(node, "container is stored inside another value");
        }
        continue;
      }
      if (!value.Has(Value::kNamespace)) continue;
      const std::string& keyword = node.names[i - 1];
      if (keyword.empty() && i > macro->names.size()) continue;
      JoinNamesIn(node.children[i],
                  macro->text + "(" + (keyword.empty() ? macro->names[i - 1] : keyword));
    }
  }

  // ---- statements

  void RunBody(NodeId id, Scope* scope) {
    if (id == kNoNode) return;
    for (const NodeId statement : ast_.at(id).children) RunStatement(statement, scope);
  }

  void RunStatement(NodeId id, Scope* scope) {
    const Node& node = ast_.at(id);
    if (IsOverBudget(node)) return;
    scope->steps.Add({1, 0});
    switch (node.kind) {
      case NodeKind::kText:
        scope->out = scope->out.Plus(Size::Constant(static_cast<double>(node.text.size())));
        return;
      case NodeKind::kOutput:
        scope->out = scope->out.Plus(CheckSize(Evaluate(node.children[0], scope), node));
        return;
      case NodeKind::kIf:
        return RunIf(node, scope);
      case NodeKind::kFor:
        return RunFor(id, node, scope);
      case NodeKind::kSet:
        return RunSet(id, node, scope);
      case NodeKind::kSetBlock: {
        const Size captured = RunCaptured(node.children[0], node.children[1], scope);
        return Store(VariableSymbol(id, node.names[0]), CheckSize(captured, node), kNotDerived,
                     scope);
      }
      case NodeKind::kFilterBlock:
        scope->out = scope->out.Plus(
            CheckSize(RunCaptured(node.children[1], node.children[0], scope), node));
        return;
      case NodeKind::kGeneration:
        return RunBody(node.children[0], scope);
      case NodeKind::kCallBlock:
        return RunCallBlock(id, node, scope);
      default:
        return;  // Macros cost where they are called.
    }
  }

  Size RunCaptured(NodeId body, NodeId filters, Scope* scope) {
    Size saved = std::move(scope->out);
    scope->out = {};
    RunBody(body, scope);
    Size captured = std::exchange(scope->out, std::move(saved));
    if (filters == kNoNode) return captured;
    capture_ = std::move(captured);
    return Evaluate(filters, scope);
  }

  void RunSet(NodeId id, const Node& node, Scope* scope) {
    const NodeId value_id = node.children[0];
    const Size size = CheckSize(Evaluate(value_id, scope), node);
    const int derived = DerivedFrom(value_id, *scope);
    for (const std::string& name : node.names) {
      const std::size_t dot = name.find('.');
      const int symbol = dot == std::string::npos
                             ? VariableSymbol(id, name)
                             : AttributeSymbol(id, name.substr(0, dot), name.substr(dot + 1));
      NoteConstant(symbol, value_id, size);
      if (dot != std::string::npos) {
        Store(symbol, size, kNotDerived, scope);
      } else {
        const auto length = node.names.size() == 1 ? ListLength(value_id, *scope) : std::nullopt;
        Store(symbol, size, derived, scope);
        if (length) scope->lengths[symbol] = *length;
      }
    }
    const Node& value = ast_.at(value_id);
    if (!IsNamespaceCall(value) || node.names.size() != 1) return;
    for (std::size_t i = 1; i < value.children.size(); ++i) {
      if (value.names[i - 1].empty()) continue;
      Store(AttributeSymbol(id, node.names[0], value.names[i - 1]),
            Evaluate(value.children[i], scope), kNotDerived, scope);
    }
  }

  void Store(int symbol, Size size, int derived, Scope* scope) {
    scope->values[symbol] = std::move(size);
    scope->derived[symbol] = derived;
    scope->lengths.erase(symbol);
  }

  Size Lookup(int symbol, const Scope& scope) const {
    const auto found = scope.values.find(symbol);
    if (found != scope.values.end()) return found->second;
    return scope.is_open ? Size::Symbol(symbol) : Size::Data();
  }

  // The constant part of `size`, with the longest constant lists that its symbols ever hold; what
  // `self` adds to itself is left to the rounds of its loop.
  double ConstantPart(const Size& size, int self) const {
    double count = 0;
    for (const Size::Term& term : size.terms()) {
      if (term.degree > 0 || (term.symbol != 0 && term.symbol == self)) continue;
      const auto found = constants_.find(term.symbol);
      if (term.symbol == 0) count += term.count;
      if (term.symbol != 0 && found != constants_.end()) count += term.count * found->second;
    }
    return count;
  }
  void NoteConstant(int symbol, NodeId value, const Size& size) {
    if (!folder_.Evaluate(value).Has(Value::kContainer)) return;
    double& known = constants_[symbol];
    known = std::max(known, std::min(kMaxSteps * 2, ConstantPart(size, symbol)));
  }

  void RunIf(const Node& node, Scope* scope) {
    const Scope before = *scope;
    std::optional<Scope> joined;
    const auto run_branch = [&](NodeId body) {
      Scope branch = before;
      branch.out = {};
      branch.steps = {};
      evaluations_ += branch.values.size() / 4;
      RunBody(body, &branch);
      joined = joined ? JoinScopes(*joined, branch) : std::move(branch);
    };
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      Evaluate(node.children[i], scope);
      run_branch(node.children[i + 1]);
    }
    run_branch(node.children.size() % 2 == 1 ? node.children.back() : kNoNode);
    joined->out = before.out.Plus(joined->out);
    joined->steps.Add(scope->steps);
    MaxInto(scope->passed, &joined->passed);
    *scope = std::move(*joined);
  }

  static void MaxInto(const RoundEffect& from, RoundEffect* into) {
    for (const auto& [symbol, size] : from) {
      const auto [place, is_new] = into->emplace(symbol, size);
      if (!is_new) place->second = place->second.Max(size);
    }
  }

  Scope JoinScopes(const Scope& a, const Scope& b) const {
    Scope joined = a;
    for (const auto& [symbol, size] : a.values) {
      if (!b.values.contains(symbol)) joined.values[symbol] = size.Max(Lookup(symbol, b));
    }
    for (const auto& [symbol, size] : b.values) {
      joined.values[symbol] = size.Max(Lookup(symbol, a));
    }
    for (const auto& [symbol, level] : b.derived) {
      const auto [place, is_new] = joined.derived.emplace(symbol, level);
      if (!is_new) place->second = JoinLevels(place->second, level);
    }
    for (auto entry = joined.lengths.begin(); entry != joined.lengths.end();) {
      const auto other = b.lengths.find(entry->first);
      if (other != b.lengths.end()) entry->second = std::max(entry->second, other->second);
      entry = other == b.lengths.end() ? joined.lengths.erase(entry) : std::next(entry);
    }
    MaxInto(b.passed, &joined.passed);
    joined.out = a.out.Max(b.out);
    joined.steps.Add(b.steps);
    return joined;
  }

  static int JoinLevels(int a, int b) {
    if (a == kAnything) return b;
    return b == kAnything || a == b ? a : kNotDerived;
  }

  void RunFor(NodeId id, const Node& node, Scope* scope) {
    const NodeId iterable = node.children[0];
    const bool is_range = IsRangeCall(ast_.at(iterable));
    Rounds rounds;
    rounds.whole = Evaluate(iterable, scope);
    rounds.count = CountRounds(iterable, rounds.whole, *scope);
    const bool is_input = rounds.count.MaxDegree() > 0;
    // The parts of what the loop around gives are, over all its rounds, no more than the input.
    if (is_input && scope->loop != kNotDerived && DerivedFrom(iterable, *scope) == scope->loop) {
      rounds.count = Size::Constant(1);
    }
    Scope inside;
    inside.is_open = true;
    inside.derived = scope->derived;
    inside.lengths = scope->lengths;
    ForgetLengths(node.children[1], &inside);
    inside.loop = is_input ? ++last_loop_ : scope->loop;
    if (is_range) range_loops_.insert(inside.loop);
    // Numbers of a range do not add up to it; the parts of anything else do.
    if (!is_range) rounds.element = Intern("[" + std::to_string(iterable));
    const Size element = is_range ? rounds.whole : Size::Symbol(rounds.element);
    for (const std::string& name : node.names) {
      NoteConstant(VariableSymbol(id, name), iterable, rounds.whole);
      Store(VariableSymbol(id, name), element, is_input ? inside.loop : kAnything, &inside);
    }
    if (node.children[2] != kNoNode) Evaluate(node.children[2], &inside);
    RunBody(node.children[1], &inside);
    const auto after = AfterRounds(inside.values, rounds);
    if (!after) return Gate(node, "value can double in each round of the loop");
    const auto outside = [&](int symbol) { return Lookup(symbol, *scope); };
    const auto at_last = [&](int symbol) {
      const auto found = after->find(symbol);
      return found == after->end() ? Size::Symbol(symbol) : found->second;
    };
    const Size out = rounds.Sum(inside.out.Substitute(at_last)).Substitute(outside);
    RoundEffect results;
    for (const auto& [symbol, size] : *after) {
      // What else a loop sets is gone behind it; attributes of namespaces and lists stay.
      if (stays_.contains(symbol) || IsAttributeSymbol(symbol)) {
        results.emplace(symbol, CheckSize(size.Substitute(outside), node));
      }
    }
    for (const auto& [symbol, size] : inside.passed) {
      const Size passed = rounds.Largest(size.Substitute(at_last)).Substitute(outside);
      MaxInto({{symbol, passed}}, &scope->passed);
    }
    for (auto& [symbol, size] : results) scope->values[symbol] = std::move(size);
    const Steps steps = inside.steps.Times(StepsOf(rounds.count));
    CheckSteps(steps, node);
    scope->steps.Add(steps);
    scope->out = scope->out.Plus(out);
    RunBody(node.children[3], scope);
  }

  bool IsRangeCall(const Node& node) const {
    return node.kind == NodeKind::kCall && ast_.at(node.children[0]).kind == NodeKind::kName &&
           ast_.at(node.children[0]).text == "range";
  }

  static Steps StepsOf(const Size& rounds) {
    Steps steps;
    for (const Size::Term& term : rounds.terms()) {
      const bool is_symbol = term.symbol != 0;
      const double count = is_symbol ? term.count * Size::kDataUnit : term.count;
      steps.Add({std::max(1.0, count), term.degree + (is_symbol ? 1 : 0)});
    }
    return steps;
  }

  Size CountRounds(NodeId iterable, const Size& whole, const Scope& scope) {
    const auto length = ListLength(iterable, scope);
    if (length) return Size::Constant(static_cast<double>(*length));
    if (IsRangeCall(ast_.at(iterable))) return whole;
    const double constant = ConstantPart(whole, 0) - whole.ConstantCount();
    return whole.Elements().Plus(Size::Constant(constant));
  }

  // The number of items of a list that is written in the template, as far as it is known.
  std::optional<std::size_t> ListLength(NodeId id, const Scope& scope) {
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kList || node.kind == NodeKind::kDict) return node.children.size();
    if (node.kind == NodeKind::kName) {
      const auto found = scope.lengths.find(VariableSymbol(id, node.text));
      if (found != scope.lengths.end()) return found->second;
    }
    if (node.kind == NodeKind::kBinary && node.text == "+") {
      std::size_t sum = 0;
      for (const NodeId child : node.children) {
        const auto length = ListLength(child, scope);
        if (!length) return std::nullopt;
        sum += *length;
      }
      return sum;
    }
    return std::nullopt;
  }

  // What a loop assigns may be longer in the next round.
  void ForgetLengths(NodeId id, Scope* scope) {
    if (id == kNoNode) return;
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kSet || node.kind == NodeKind::kSetBlock) {
      for (const std::string& name : node.names) scope->lengths.erase(VariableSymbol(id, name));
    }
    for (const NodeId child : node.children) ForgetLengths(child, scope);
  }

  void RunCallBlock(NodeId id, const Node& node, Scope* scope) {
    Scope body = *scope;
    body.out = {};
    body.steps = {};
    for (const std::string& name : node.names) {
      Store(VariableSymbol(id, name), Size::Data(), kNotDerived, &body);
    }
    RunBody(node.children[1], &body);
    Scope call = *scope;
    call.steps = {};
    Store(Intern("caller"), body.out, kNotDerived, &call);
    scope->out = scope->out.Plus(CheckSize(Evaluate(node.children[0], &call), node));
    const Steps steps = call.steps.Times({1 + body.steps.count, body.steps.degree});
    CheckSteps(steps, node);
    scope->steps.Add(steps);
    MaxInto(call.values, &scope->values);
  }

  // ---- expressions

  Size Evaluate(NodeId id, Scope* scope) {
    if (id == kNoNode) return {};
    const Node& node = ast_.at(id);
    if (IsOverBudget(node)) return {};
    scope->steps.Add({1, 0});
    switch (node.kind) {
      case NodeKind::kString:
        return Size::Constant(static_cast<double>(std::max<std::size_t>(1, node.text.size())));
      case NodeKind::kInteger:
        return Size::Constant(std::max(1.0, std::abs(static_cast<double>(node.integer))));
      case NodeKind::kCapture:
        return capture_;
      case NodeKind::kName:
        return EvaluateName(id, node, *scope);
      case NodeKind::kAttribute:
        return EvaluateAttribute(node, scope);
      case NodeKind::kItem:
      case NodeKind::kSlice: {
        const Size base = Evaluate(node.children[0], scope);
        for (std::size_t i = 1; i < node.children.size(); ++i) Evaluate(node.children[i], scope);
        return base;
      }
      case NodeKind::kCall:
        return EvaluateCall(id, node, scope);
      case NodeKind::kFilter:
        return EvaluateFilter(node, scope);
      case NodeKind::kBinary:
        return EvaluateBinary(node, scope);
      case NodeKind::kUnary:
        return Evaluate(node.children[0], scope);
      case NodeKind::kConditional:
        Evaluate(node.children[1], scope);
        return Evaluate(node.children[0], scope).Max(Evaluate(node.children[2], scope));
      case NodeKind::kList:
      case NodeKind::kDict: {
        Size size = Size::Constant(static_cast<double>(node.children.size()) + 1);
        for (const NodeId child : node.children) {
          const Size part = Evaluate(child, scope);
          // A number in a list takes one place; range() and repetition look at its value.
          if (ast_.at(child).kind != NodeKind::kInteger) size = size.Plus(part);
        }
        return size;
      }
      default:
        for (const NodeId child : node.children) Evaluate(child, scope);
        return Size::Constant(1);
    }
  }

  Size EvaluateName(NodeId id, const Node& node, const Scope& scope) {
    if (!folder_.IsAssigned(node.text) && node.text != "caller") return Size::Data();
    return Lookup(VariableSymbol(id, node.text), scope);
  }

  Size EvaluateAttribute(const Node& node, Scope* scope) {
    const NodeId base_id = node.children[0];
    const Node& base = ast_.at(base_id);
    if (base.kind == NodeKind::kName && base.text == "loop") {
      const bool is_item = node.text == "previtem" || node.text == "nextitem";
      return is_item ? Size::Data() : Size::Amount();
    }
    const Size whole = Evaluate(base_id, scope);
    if (base.kind != NodeKind::kName) return whole;
    const Value value = folder_.Evaluate(base_id);
    if (!value.Has(Value::kNamespace)) return whole;
    const Size attribute = Lookup(AttributeSymbol(base_id, base.text, node.text), *scope);
    const bool is_only = (value.flags & ~(Value::kNamespace | Value::kOther)) == 0;
    return is_only ? attribute : attribute.Max(Size::Data());
  }

  Size EvaluateCall(NodeId id, const Node& node, Scope* scope) {
    const NodeId callee_id = node.children[0];
    const Node& callee = ast_.at(callee_id);
    if (callee.kind == NodeKind::kName && folder_.FindMacro(callee.text) != nullptr) {
      return CallMacro(id, node, *folder_.FindMacro(callee.text), scope);
    }
    std::vector<Size> arguments;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      arguments.push_back(Evaluate(node.children[i], scope));
    }
    Size all;
    for (const Size& argument : arguments) all = all.Plus(argument);
    if (callee.kind != NodeKind::kAttribute) {
      if (callee.text == "range") return EvaluateRange(node, all);
      if (callee.text == "strftime_now") return all.Plus(Size::Constant(64)).Scaled(16);
      if (callee.text == "caller") return Lookup(Intern("caller"), *scope);
      return Size::Constant(1);
    }
    const Size owner = Evaluate(callee.children[0], scope);
    const std::string& method = callee.text;
    if (method == "append") {
      Append(callee.children[0], owner.Plus(all).Plus(Size::Constant(1)), scope);
      return Size::Constant(1);
    }
    if (method == "get" || method == "pop") return owner.Max(all);
    if (method == "find" || method == "index" || method == "count") return owner.Elements();
    if (method == "replace") {
      return EvaluateReplace(callee.children[0], node.children, owner, arguments);
    }
    if (method == "join") return all.Plus(owner.Times(all.Elements()));
    if (method == "format") {
      double fields = 1;
      for (const std::string& text : folder_.Evaluate(callee.children[0]).strings) {
        fields = std::max(fields, static_cast<double>(std::count(text.begin(), text.end(), '{')));
      }
      return owner.Plus(all.Scaled(fields));
    }
    return owner;  // split, strip, case: no longer than before.
  }

  // list.append(x): the list stays grown behind loops.
  void Append(NodeId list, Size size, Scope* scope) {
    const Node& node = ast_.at(list);
    if (node.kind == NodeKind::kName) {
      const int symbol = VariableSymbol(list, node.text);
      stays_.insert(symbol);
      scope->lengths.erase(symbol);
      scope->values[symbol] = std::move(size);
    } else if (node.kind == NodeKind::kAttribute &&
               ast_.at(node.children[0]).kind == NodeKind::kName) {
      const NodeId base = node.children[0];
      scope->values[AttributeSymbol(base, ast_.at(base).text, node.text)] = std::move(size);
    } else {
      Gate(node, "append to something that is no variable");
    }
  }

  Size EvaluateRange(const Node& node, const Size& size) {
    constexpr std::uint32_t kAllowed = Value::kNumber | Value::kOther;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Value value = folder_.Evaluate(node.children[i]);
      const bool is_small =
          std::all_of(value.integers.begin(), value.integers.end(),
                      [](std::int64_t bound) { return bound <= kMaxRange && bound >= -kMaxRange; });
      if (!is_small || (value.flags & ~kAllowed) != 0 || !value.strings.empty()) {
        Gate(node, "range() over more than 1024 or over something that is no length");
      }
    }
    Size bound = size;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      for (const std::int64_t value : folder_.Evaluate(node.children[i]).integers) {
        bound = bound.Max(Size::Constant(std::abs(static_cast<double>(value))));
      }
    }
    for (const Size::Term& term : bound.terms()) {
      const bool is_large = term.degree == 0 && term.symbol == 0 && term.count > 4 * kMaxRange;
      if (is_large || term.degree > 1 || (term.degree > 0 && term.count > Size::kDataUnit)) {
        Gate(node, "range() over a computed number that may be large");
      }
    }
    return bound;
  }

  // How much longer replace(from, to) can make a string.
  Size EvaluateReplace(NodeId owner_id, const std::vector<NodeId>& children, const Size& owner,
                       const std::vector<Size>& arguments) {
    (void)owner_id;  // Kept for symmetry with the filter form: only sizes matter.
    if (arguments.size() < 2) return owner;
    const std::size_t first = children.size() - arguments.size();
    const Node& from = ast_.at(children[first]);
    const Node& to = ast_.at(children[first + 1]);
    if (from.kind == NodeKind::kString && to.kind == NodeKind::kString) {
      const auto growth = static_cast<double>(to.text.size()) /
                          static_cast<double>(std::max<std::size_t>(1, from.text.size()));
      return owner.Scaled(std::max(1.0, growth + (from.text.empty() ? 1 : 0)));
    }
    return owner.Plus(owner.Elements().Times(arguments[1]));
  }

  Size EvaluateFilter(const Node& node, Scope* scope) {
    const Size owner = Evaluate(node.children[0], scope);
    std::vector<Size> arguments;
    Size all;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      arguments.push_back(Evaluate(node.children[i], scope));
      all = all.Plus(arguments.back());
    }
    const std::string& filter = node.text;
    if (filter == "length" || filter == "count" || filter == "int" || filter == "float" ||
        filter == "abs" || filter == "round") {
      return owner.Elements();
    }
    if (filter == "default") return owner.Max(all);
    if (filter == "join") return owner.Plus(owner.Elements().Times(all.Plus(Size::Constant(1))));
    if (filter == "replace") {
      return EvaluateReplace(node.children[0], node.children, owner, arguments);
    }
    if (filter == "tojson" || filter == "map") return owner.Scaled(2);  // Escapes double.
    if (filter == "indent") {
      std::int64_t width = 4;
      if (node.children.size() > 1) {
        for (const std::int64_t value : folder_.Evaluate(node.children[1]).integers) {
          width = std::max(width, value);
        }
      }
      return owner.Scaled(1 + static_cast<double>(width));
    }
    if (filter == "batch" || filter == "slice") return owner.Plus(all);
    return owner;
  }

  Size EvaluateBinary(const Node& node, Scope* scope) {
    const std::string& op = node.text;
    Size size = Evaluate(node.children[0], scope);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Size right = Evaluate(node.children[i], scope);
      if (op == "+" || op == "~" || op == "-") {
        size = size.Plus(right);
      } else if (op == "*") {
        CheckRepetition(node);
        size = size.Times(right);
        if (size.ConstantCount() > kMaxRepeatedBytes &&
            !folder_.Evaluate(node.children[0]).IsNumber()) {
          Gate(node, "string is repeated too often");
        }
      } else if (op == "and" || op == "or") {
        size = size.Max(right);
      } else if (op != "/" && op != "//" && op != "%") {
        size = Size::Constant(1);  // A comparison.
      }
    }
    return size;
  }

  // text * number: at most 1,024 times when the number is known; a short constant otherwise.
  void CheckRepetition(const Node& node) {
    const Value left = folder_.Evaluate(node.children[0]);
    const Value right = folder_.Evaluate(node.children[1]);
    const auto is_small = [](const Value& value) {
      return std::all_of(value.integers.begin(), value.integers.end(),
                         [](std::int64_t count) { return count <= kMaxRange; });
    };
    if (left.IsNumber() && right.IsNumber()) return;
    const auto is_text = [](const Value& value) {
      return !value.strings.empty() || value.Has(Value::kBuilt);
    };
    bool is_bounded = is_small(left) && is_small(right);
    if (is_text(left) || is_text(right)) {
      const Value& text = is_text(left) ? left : right;
      const Value& times = is_text(left) ? right : left;
      const bool is_known = times.flags == 0 && times.strings.empty();
      const bool is_short =
          (text.flags & ~Value::kOther) == 0 &&
          std::all_of(text.strings.begin(), text.strings.end(),
                      [](const std::string& piece) { return piece.size() <= kMaxRepeatedText; });
      is_bounded = is_bounded && (is_known || is_short);
    }
    if (!is_bounded) {
      Gate(node, "string is repeated more than 1024 times or by an unknown number");
    }
  }

  // ---- macros

  Size CallMacro(NodeId id, const Node& node, const Node& macro, Scope* scope) {
    std::map<int, Size> given;
    CallContext context;
    context.macro = &macro;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const std::string& keyword = node.names[i - 1];
      const Size size = Evaluate(node.children[i], scope);
      if (keyword.empty() && i > macro.names.size()) continue;
      const std::string& name = keyword.empty() ? macro.names[i - 1] : keyword;
      const auto place = static_cast<std::size_t>(
          std::find(macro.names.begin(), macro.names.end(), name) - macro.names.begin());
      const int symbol = Intern(macro.text + "(" + name);
      NoteConstant(symbol, node.children[i], size);
      given[symbol] = size;
      const bool is_part =
          scope->loop != kNotDerived && DerivedFrom(node.children[i], *scope) == scope->loop;
      if (is_part && place < 64) context.mask |= std::uint64_t{1} << place;
      if (const auto length = ListLength(node.children[i], *scope)) {
        context.lengths[symbol] = *length;
      }
    }
    const auto running = std::find(running_.begin(), running_.end(), &macro);
    if (running != running_.end()) {
      MaxInto(given, &scope->passed);
      return Size::Data();
    }
    const Summary& summary = Summarize(id, macro, context);
    const auto value = [&](int symbol) {
      const auto found = given.find(symbol);
      if (found != given.end()) return found->second;
      return is_parameter_.contains(symbol) ? Size::Constant(1) : Lookup(symbol, *scope);
    };
    Size out = CheckSize(summary.out.Substitute(value), node);
    RoundEffect effects;
    for (const auto& [symbol, size] : summary.effects) {
      effects.emplace(symbol, CheckSize(size.Substitute(value), node));
    }
    for (const auto& [symbol, size] : summary.passed) {
      MaxInto({{symbol, size.Substitute(value)}}, &scope->passed);
    }
    for (auto& [symbol, size] : effects) scope->values[symbol] = std::move(size);
    scope->steps.Add(summary.steps);
    CheckSteps(summary.steps, node);
    return out;
  }

  const Summary& Summarize(NodeId call, const Node& macro, const CallContext& context) {
    Summary& summary = summaries_[context];
    if (summary.is_done) return summary;
    running_.push_back(&macro);
    const auto recursive = recursive_.find(macro.text);
    Scope scope;
    scope.is_open = true;
    scope.lengths = context.lengths;
    const bool walks_part = recursive != recursive_.end() && recursive->second < macro.names.size();
    scope.loop = context.mask == 0 && !walks_part ? kNotDerived : kCallersLoop;
    for (std::size_t i = 0; i < macro.names.size(); ++i) {
      const int symbol = Intern(macro.text + "(" + macro.names[i]);
      is_parameter_.insert(symbol);
      // In a recursive macro the walk down the data is the innermost loop, and only it.
      const bool is_part =
          walks_part ? i == recursive->second : i < 64 && ((context.mask >> i) & 1) != 0;
      scope.derived[symbol] = is_part ? kCallersLoop : kNotDerived;
      if (macro.children[i + 1] == kNoNode) continue;
      scope.values[symbol] = Size::Symbol(symbol).Max(Evaluate(macro.children[i + 1], &scope));
    }
    RunBody(macro.children[0], &scope);
    running_.pop_back();
    RoundEffect effects;
    for (const auto& [symbol, size] : scope.values) {
      if (IsAttributeSymbol(symbol) || stays_.contains(symbol)) effects.emplace(symbol, size);
    }
    if (walks_part) {
      CloseRecursion(call, &effects, &scope);
      // Over all rounds of the loop around, the walks over its parts are one walk over the input.
      if (recursive->second >= 64 || ((context.mask >> recursive->second) & 1) == 0) {
        scope.steps.degree += 1;
      }
    }
    summary.out = std::move(scope.out);
    summary.steps = scope.steps;
    summary.effects = std::move(effects);
    summary.passed = std::move(scope.passed);
    summary.is_done = true;
    return summary;
  }

  // A recursive macro is a loop over the parts of the data that it walks.
  void CloseRecursion(NodeId call, RoundEffect* effects, Scope* scope) {
    RoundEffect round = *effects;
    MaxInto(scope->passed, &round);
    Rounds rounds;
    rounds.count = Size::Amount();
    const auto after = AfterRounds(round, rounds);
    if (!after) {
      return Gate(ast_.at(call), "value can double in each step of the recursion");
    }
    const auto at_last = [&](int symbol) {
      const auto found = after->find(symbol);
      return found == after->end() ? Size::Symbol(symbol) : found->second;
    };
    for (auto& [symbol, size] : *effects) size = after->at(symbol);
    scope->out = scope->out.Substitute(at_last);
  }

  // ---- parts of loop variables

  // The loop of whose variable `id` is a part; kAnything for constants.
  int DerivedFrom(NodeId id, const Scope& scope) {
    if (id == kNoNode) return kAnything;
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kString:
      case NodeKind::kInteger:
      case NodeKind::kConstant:
        return kAnything;
      case NodeKind::kName: {
        const auto found = scope.derived.find(VariableSymbol(id, node.text));
        return found == scope.derived.end() ? kNotDerived : found->second;
      }
      case NodeKind::kAttribute:
        if (folder_.Evaluate(node.children[0]).Has(Value::kNamespace)) return kNotDerived;
        return DerivedFrom(node.children[0], scope);
      case NodeKind::kItem: {
        const int level = DerivedFrom(node.children[0], scope);
        // messages[i] in a loop over a range of i is another part in each round.
        if (ast_.at(node.children[1]).kind == NodeKind::kName) {
          const int key_level = DerivedFrom(node.children[1], scope);
          if (range_loops_.contains(key_level)) return key_level;
        }
        return level;
      }
      case NodeKind::kSlice:
        return DerivedFrom(node.children[0], scope);
      case NodeKind::kCall: {
        const Node& callee = ast_.at(node.children[0]);
        if (callee.kind != NodeKind::kAttribute || callee.text == "replace" ||
            callee.text == "format" || callee.text == "join") {
          return kNotDerived;
        }
        int level = DerivedFrom(callee.children[0], scope);
        if (callee.text == "get" && node.children.size() == 3) {
          level = JoinLevels(level, DerivedFrom(node.children[2], scope));
        }
        return level;
      }
      case NodeKind::kFilter: {
        int level = DerivedFrom(node.children[0], scope);
        if (node.text == "replace" || node.text == "join" || node.text == "map") return kNotDerived;
        if (node.text == "default" && node.children.size() > 1) {
          level = JoinLevels(level, DerivedFrom(node.children[1], scope));
        }
        return level;
      }
      case NodeKind::kBinary: {
        if (node.text != "or" && node.text != "and") return kNotDerived;
        int level = kAnything;
        for (const NodeId child : node.children) {
          level = JoinLevels(level, DerivedFrom(child, scope));
        }
        return level;
      }
      case NodeKind::kConditional:
        return JoinLevels(DerivedFrom(node.children[0], scope),
                          DerivedFrom(node.children[2], scope));
      case NodeKind::kList:
      case NodeKind::kDict:
        return node.children.empty() ? kAnything : kNotDerived;
      default:
        return kNotDerived;
    }
  }

  const Ast& ast_;
  const Folder& folder_;
  const std::map<std::string, std::size_t>& recursive_;
  TemplateFindings* findings_;
  std::size_t evaluations_ = 0;
  std::map<std::string, int> symbols_;
  std::map<std::string, std::string> alias_;
  std::set<int> stays_;  // Variables that a loop changes for good: lists that grow.
  std::set<int> is_parameter_;
  std::map<int, double> constants_;  // The longest constant list that each variable ever holds.
  std::map<CallContext, Summary> summaries_;
  std::vector<const Node*> running_;
  std::set<int> range_loops_;
  int last_loop_ = 0;
  Size capture_;
};

}  // namespace

void CheckCost(const Ast& ast, const Folder& folder,
               const std::map<std::string, std::size_t>& recursive, TemplateFindings* findings) {
  CostRules(ast, folder, recursive, findings).Run();
}

}  // namespace secai::quarantine

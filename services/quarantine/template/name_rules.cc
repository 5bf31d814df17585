#include "quarantine/template/name_rules.h"

#include <algorithm>
#include <array>
#include <string>

#include "quarantine/template/names.h"

namespace secai::quarantine {
namespace {

constexpr std::int64_t kMaxWidth = 1024;

bool StartsWithUnderscore(std::string_view name) { return name.starts_with("_"); }

class NameRules {
 public:
  NameRules(const Ast& ast, const Folder& folder, TemplateFindings* findings)
      : ast_(ast), folder_(folder), findings_(findings) {}

  void Run() {
    for (const Node& node : ast_.nodes) {
      switch (node.kind) {
        case NodeKind::kString:
          CheckLiteral(node);
          break;
        case NodeKind::kName:
          CheckVariable(node, node.text);
          break;
        case NodeKind::kAttribute:
          CheckAttribute(node, node.text);
          break;
        case NodeKind::kItem:
          CheckKey(node, node.children[1]);
          break;
        case NodeKind::kCall:
          CheckCall(node);
          break;
        case NodeKind::kFilter:
          CheckFilter(node);
          break;
        case NodeKind::kTest:
          CheckTest(node);
          break;
        case NodeKind::kBinary:
          CheckBinary(node);
          break;
        case NodeKind::kSet:
        case NodeKind::kFor:
        case NodeKind::kSetBlock:
        case NodeKind::kCallBlock:
          CheckTargets(node);
          break;
        case NodeKind::kMacro:
          if (IsAllowedFunction(node.text)) {
            Gate("T-3", node, "macro takes the name of the function " + node.text);
          }
          CheckTarget(node, node.text);
          CheckTargets(node);
          break;
        default:
          break;
      }
    }
  }

 private:
  void Gate(std::string_view rule, const Node& node, std::string reason) {
    findings_->Gate(rule, node.offset, std::move(reason));
  }

  void CheckLiteral(const Node& node) {
    if (ContainsDunder(node.text)) {
      Gate("T-1", node,
           "string holds a name with double underscores: " + QuoteForReason(node.text));
    }
  }

  void CheckVariable(const Node& node, const std::string& name) {
    if (IsDunder(name)) {
      Gate("T-1", node, "name with double underscores: " + QuoteForReason(name));
    } else if (IsForbiddenVariable(name)) {
      Gate("T-1", node, "name that leads out of the template: " + QuoteForReason(name));
    } else if (StartsWithUnderscore(name) && !folder_.IsAssigned(name)) {
      Gate("T-1", node, "private name that the template does not set: " + QuoteForReason(name));
    }
  }

  void CheckAttribute(const Node& node, std::string_view name) {
    if (StartsWithUnderscore(name)) {
      Gate("T-1", node, "private attribute: " + QuoteForReason(name));
    } else if (IsForbiddenAttribute(name)) {
      Gate("T-1", node, "attribute that leads out of the template: " + QuoteForReason(name));
    }
  }

  void CheckTarget(const Node& node, const std::string& target) {
    const std::size_t dot = target.find('.');
    const std::string name = target.substr(0, dot);
    if (IsDunder(name) || IsForbiddenVariable(name)) {
      Gate("T-1", node, "name that leads out of the template: " + QuoteForReason(name));
    }
    if (dot != std::string::npos) CheckAttribute(node, std::string_view(target).substr(dot + 1));
  }

  void CheckTargets(const Node& node) {
    for (const std::string& target : node.names) {
      if (!target.empty()) CheckTarget(node, target);
    }
  }

  // What selects an attribute or item. Several names may be in it, joined by dots.
  void CheckKey(const Node& node, NodeId key) {
    const Value value = folder_.Evaluate(key);
    if (value.Has(Value::kBuilt)) {
      Gate("T-2", node, "key is built from pieces of strings");
    }
    for (const std::string& text : value.strings) {
      for (std::size_t from = 0; from <= text.size();) {
        const std::size_t dot = std::min(text.find('.', from), text.size());
        CheckAttribute(node, std::string_view(text).substr(from, dot - from));
        from = dot + 1;
      }
    }
  }

  // The name that a string argument gives must be one constant of the allowed ones.
  void CheckNameArgument(const Node& node, NodeId argument, bool (*is_allowed)(std::string_view),
                         const char* what) {
    const Value value = folder_.Evaluate(argument);
    if (value.flags != 0 || !value.integers.empty() || value.strings.empty()) {
      return Gate("T-2", node, std::string(what) + " is not a constant");
    }
    for (const std::string& name : value.strings) {
      if (!is_allowed(name)) {
        Gate("T-3", node, std::string(what) + " is not allowed: " + QuoteForReason(name));
      }
    }
  }

  void CheckWidth(const Node& node, NodeId argument) {
    const Value value = folder_.Evaluate(argument);
    const bool in_range = std::all_of(value.integers.begin(), value.integers.end(),
                                      [](std::int64_t width) { return width <= kMaxWidth; });
    if (!in_range || (value.flags & ~static_cast<std::uint32_t>(Value::kOther)) != 0 ||
        !value.strings.empty()) {
      Gate("T-4", node, "width is not a constant of at most " + std::to_string(kMaxWidth));
    }
  }

  void CheckCall(const Node& node) {
    const Node& callee = ast_.at(node.children[0]);
    if (callee.kind == NodeKind::kName) {
      if (!IsAllowedFunction(callee.text) && folder_.FindMacro(callee.text) == nullptr) {
        Gate("T-3", node, "function is not allowed: " + QuoteForReason(callee.text));
      }
      for (const std::string& keyword : node.names) {
        if (!keyword.empty()) CheckAttribute(node, keyword);
      }
      return;
    }
    if (callee.kind != NodeKind::kAttribute) {
      return Gate("T-3", node, "only named functions, macros and methods may be called");
    }
    if (!IsAllowedMethod(callee.text)) {
      return Gate("T-3", node, "method is not allowed: " + QuoteForReason(callee.text));
    }
    if (callee.text == "format") CheckFormat(node, callee.children[0]);
  }

  // str.format() walks attributes: "{0.x}". Fields may only be {}, {0} or {name}.
  void CheckFormat(const Node& node, NodeId format) {
    const Value value = folder_.Evaluate(format);
    if (value.flags != 0 || value.strings.empty()) {
      return Gate("T-2", node, "format string is not a constant");
    }
    for (const std::string& text : value.strings) {
      for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '{' && text[at] != '}') continue;
        if (at + 1 < text.size() && text[at + 1] == text[at]) {
          ++at;
          continue;
        }
        const std::size_t end = text.find('}', at);
        const bool is_plain =
            text[at] == '{' && end != std::string::npos &&
            std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                        text.begin() + static_cast<std::ptrdiff_t>(end),
                        [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
        if (!is_plain) return Gate("T-2", node, "format field is not a plain name or number");
        at = end;
      }
    }
  }

  bool TakesAttribute(const std::string& filter) const {
    static constexpr std::array<std::string_view, 8> kFilters = {
        "map", "sort", "unique", "min", "max", "join", "selectattr", "rejectattr"};
    return std::find(kFilters.begin(), kFilters.end(), filter) != kFilters.end();
  }

  void CheckFilter(const Node& node) {
    if (!IsAllowedFilter(node.text)) {
      return Gate("T-3", node, "filter is not allowed: " + QuoteForReason(node.text));
    }
    const std::string& filter = node.text;
    std::size_t position = 0;  // Among the arguments without keyword.
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const NodeId argument = node.children[i];
      const std::string& keyword = node.names[i - 1];
      if (keyword.empty()) ++position;
      const std::size_t place = keyword.empty() ? position : 0;
      if (keyword == "attribute" && TakesAttribute(filter)) {
        CheckKey(node, argument);
      } else if (filter == "selectattr" || filter == "rejectattr") {
        if (place == 1) CheckKey(node, argument);
        if (place == 2) CheckNameArgument(node, argument, IsAllowedTest, "test");
      } else if ((filter == "select" || filter == "reject") && place == 1) {
        CheckNameArgument(node, argument, IsAllowedTest, "test");
      } else if (filter == "map" && place == 1) {
        CheckNameArgument(node, argument, IsAllowedFilter, "filter");
      } else if (filter == "map" && place > 1) {
        CheckWidth(node, argument);  // Arguments of the inner filter, such as indent.
      } else if (place == (filter == "sort" ? 3U : 2U) && TakesAttribute(filter)) {
        CheckKey(node, argument);
      } else if ((filter == "indent" || filter == "batch" || filter == "slice") &&
                 (place == 1 || keyword == "width")) {
        CheckWidth(node, argument);
      } else if (filter == "tojson" && (place == 1 || keyword == "indent")) {
        CheckWidth(node, argument);
      }
    }
  }

  void CheckTest(const Node& node) {
    std::string_view name = node.text;
    if (name.starts_with("not ")) name.remove_prefix(4);
    if (!IsAllowedTest(name)) {
      Gate("T-3", node, "test is not allowed: " + QuoteForReason(name));
    }
  }

  void CheckBinary(const Node& node) {
    if (node.text == "**") return Gate("T-4", node, "powers are not allowed");
    if (node.text != "%") return;
    // "%..." % x formats: only where the left side cannot be a string of the template.
    const Value left = folder_.Evaluate(node.children[0]);
    if (!left.strings.empty() || left.Has(Value::kBuilt)) {
      Gate("T-2", node, "formatting with % is not allowed");
    }
  }

  const Ast& ast_;
  const Folder& folder_;
  TemplateFindings* findings_;
};

}  // namespace

void CheckNames(const Ast& ast, const Folder& folder, TemplateFindings* findings) {
  NameRules(ast, folder, findings).Run();
}

}  // namespace secai::quarantine

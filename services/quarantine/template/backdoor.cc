#include "quarantine/template/backdoor.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "quarantine/template/text_rules.h"

namespace secai::quarantine {
namespace {

// What kind of language a constant is that a message is compared with.
enum class Language : std::uint8_t { kNone, kWord, kPhrase };

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Markup, paths, placeholders and labels are kNone. Words outside ASCII are language too.
Language LanguageOf(std::string_view text) {
  constexpr std::string_view kMarkup = "<>|[]{}/\\_=#*`:";
  // Parts of a message that is a mapping.
  static constexpr std::array<std::string_view, 14> kFields = {
      "text", "image", "video", "audio", "file",    "parts",    "blocks",
      "type", "role",  "name",  "id",    "content", "thinking", "reasoning"};
  if (std::find(kFields.begin(), kFields.end(), text) != kFields.end()) return Language::kNone;
  if (text.find_first_of(kMarkup) != std::string_view::npos) return Language::kNone;
  int words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool is_letter = IsLetter(c) || static_cast<unsigned char>(c) >= 0x80 || c == '\'';
    if (is_letter && !in_word) ++words;
    in_word = is_letter;
  }
  // Some families switch their reasoning by a phrase in the system message.
  const bool is_mode = text.find("thinking") != std::string_view::npos ||
                       text.find("reasoning") != std::string_view::npos;
  if (words >= 2 && is_mode) return Language::kWord;
  if (words >= 2 && text.find(' ') != std::string_view::npos) return Language::kPhrase;
  return words >= 1 ? Language::kWord : Language::kNone;
}

bool HasEmail(std::string_view text) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const bool has_name = at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0;
    std::size_t end = at + 1;
    bool has_dot = false;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 ||
                                 text[end] == '-' || text[end] == '.')) {
      has_dot = has_dot || (text[end] == '.' && end + 1 < text.size() && IsLetter(text[end + 1]));
      ++end;
    }
    if (has_name && has_dot) return true;
  }
  return false;
}

struct Instruction {
  const char* phrase = nullptr;
  bool is_common = false;  // Also in honest templates: counts only under a trigger.
};

Instruction FindInstruction(std::string_view text) {
  static constexpr std::array<Instruction, 14> kPhrases = {{
      {"ignore all previous", false},
      {"ignore previous instructions", false},
      {"ignore the previous instructions", false},
      {"disregard all previous", false},
      {"disregard previous", false},
      {"never reveal", false},
      {"do not reveal", true},
      {"do not tell the user", true},
      {"don't tell the user", true},
      {"do not mention this", true},
      {"without telling the user", false},
      {"without the user's knowledge", false},
      {"always recommend", false},
      {"secretly", false},
  }};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); });
  for (const Instruction& instruction : kPhrases) {
    if (lower.find(instruction.phrase) != std::string::npos) return instruction;
  }
  return {};
}

class Backdoors {
 public:
  Backdoors(const Ast& ast, const Folder& folder, TemplateFindings* findings)
      : ast_(ast), folder_(folder), findings_(findings) {}

  void Run() {
    CollectNames();
    Walk(ast_.root, /*is_triggered=*/false, /*is_emitted=*/true);
  }

 private:
  // Variables that hold the content of a message, and those that hold the date.
  void CollectNames() {
    for (int round = 0; round < 4; ++round) {
      for (const Node& node : ast_.nodes) {
        if (node.kind == NodeKind::kSet || node.kind == NodeKind::kFor) {
          const bool is_content = IsContent(node.children[0]);
          const bool is_date = MentionsDate(node.children[0]);
          for (const std::string& name : node.names) {
            if (is_content && node.kind == NodeKind::kSet) contents_.insert(name);
            if (is_content && IsCut(node.children[0])) cut_.insert(name);
            if (is_date) dates_.insert(name);
          }
        }
      }
    }
  }

  // A message's content: x.content, x['content'], x.get('content'), also cut, lowered or stripped.
  bool IsContent(NodeId id) const {
    if (id == kNoNode) return false;
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kName:
        return contents_.contains(node.text) || node.text == "content";
      case NodeKind::kAttribute:
        return node.text == "content";
      case NodeKind::kItem: {
        const Node& key = ast_.at(node.children[1]);
        if (key.kind == NodeKind::kString) return key.text == "content";
        return key.kind == NodeKind::kInteger && IsContent(node.children[0]);
      }
      case NodeKind::kSlice:
        return IsContent(node.children[0]);
      case NodeKind::kFilter:
        return node.text != "length" && node.text != "count" && IsContent(node.children[0]);
      case NodeKind::kCall: {
        const Node& callee = ast_.at(node.children[0]);
        if (callee.kind != NodeKind::kAttribute) return false;
        if (callee.text == "get" && node.children.size() > 1) {
          return ast_.at(node.children[1]).text == "content";
        }
        static constexpr std::array<std::string_view, 8> kCutting = {
            "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "split"};
        return std::find(kCutting.begin(), kCutting.end(), callee.text) != kCutting.end() &&
               IsContent(callee.children[0]);
      }
      case NodeKind::kConditional:
        return IsContent(node.children[0]) || IsContent(node.children[2]);
      case NodeKind::kBinary:
        return (node.text == "or" || node.text == "+" || node.text == "~") &&
               std::any_of(node.children.begin(), node.children.end(),
                           [&](NodeId child) { return IsContent(child); });
      default:
        return false;
    }
  }

  // Whether case was changed or a piece cut out: then the rest is language, not a field name.
  bool IsCut(NodeId id) const {
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kName) return cut_.contains(node.text);
    if (node.kind == NodeKind::kSlice) return true;
    if (node.kind == NodeKind::kFilter) return node.text == "lower" || node.text == "upper";
    if (node.kind == NodeKind::kCall) {
      const std::string& method = ast_.at(node.children[0]).text;
      return method == "lower" || method == "upper";
    }
    return false;
  }

  bool MentionsDate(NodeId id) const {
    if (id == kNoNode) return false;
    const Node& node = ast_.at(id);
    if (node.kind == NodeKind::kName) {
      return node.text == "strftime_now" || dates_.contains(node.text);
    }
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](NodeId child) { return MentionsDate(child); });
  }

  Language Compare(NodeId content, NodeId constant) const {
    if (!IsContent(content)) return Language::kNone;
    Language worst = Language::kNone;
    for (const std::string& text : folder_.Evaluate(constant).strings) {
      Language language = LanguageOf(text);
      if (language == Language::kWord && IsCut(content)) language = Language::kPhrase;
      worst = std::max(worst, language);
    }
    return worst;
  }

  // The language that a condition compares content with; and T-5d on the way.
  Language Condition(NodeId id) {
    if (id == kNoNode) return Language::kNone;
    const Node& node = ast_.at(id);
    Language worst = Language::kNone;
    if (node.kind == NodeKind::kBinary && node.text != "and" && node.text != "or") {
      const NodeId left = node.children[0];
      const NodeId right = node.children[1];
      worst = std::max(Compare(left, right), Compare(right, left));
      if (IsComparison(node.text) && (MentionsDate(left) || MentionsDate(right))) {
        findings_->Gate("T-5", node.offset, "output depends on the date");
      }
    }
    if (node.kind == NodeKind::kCall && node.children.size() > 1) {
      const Node& callee = ast_.at(node.children[0]);
      if (callee.kind == NodeKind::kAttribute &&
          (callee.text == "startswith" || callee.text == "endswith" || callee.text == "find" ||
           callee.text == "count" || callee.text == "index")) {
        worst = Compare(callee.children[0], node.children[1]);
        if (MentionsDate(callee.children[0])) {
          findings_->Gate("T-5", node.offset, "output depends on the date");
        }
      }
    }
    if (node.kind == NodeKind::kTest && node.children.size() > 1) {
      worst = std::max(worst, Compare(node.children[0], node.children[1]));
      if (MentionsDate(node.children[0])) {
        findings_->Gate("T-5", node.offset, "output depends on the date");
      }
    }
    for (const NodeId child : node.children) worst = std::max(worst, Condition(child));
    return worst;
  }

  static bool IsComparison(const std::string& op) {
    return op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=" ||
           op == "in" || op == "not in";
  }

  bool Judge(NodeId condition) {
    const Language language = Condition(condition);
    if (language == Language::kPhrase) {
      findings_->Gate("T-5", ast_.at(condition).offset,
                      "branch compares the content of a message with words of a language");
    } else if (language == Language::kWord) {
      findings_->Review("T-5", ast_.at(condition).offset,
                        "branch compares the content of a message with a word");
    }
    return language != Language::kNone;
  }

  void CheckEmitted(const Node& node, bool is_triggered) {
    if (const char* what = FindActiveContent(node.text)) {
      findings_->Gate("T-5", node.offset, std::string(what) + " in what the template emits");
    }
    if (HasEmail(node.text)) {
      findings_->Review("T-5", node.offset, "e-mail address in what the template emits");
    }
    const Instruction found = FindInstruction(node.text);
    if (found.phrase == nullptr || (found.is_common && !is_triggered)) return;
    const std::string reason = "instruction against the user: " + QuoteForReason(found.phrase);
    if (is_triggered) {
      findings_->Gate("T-5", node.offset, reason);
    } else {
      findings_->Review("T-5", node.offset, reason);
    }
  }

  void CheckFolded(const Node& node) {
    if (node.text != "+" && node.text != "~") return;
    const auto id = static_cast<NodeId>(&node - ast_.nodes.data());
    for (const std::string& text : folder_.Evaluate(id).strings) {
      if (const char* what = FindActiveContent(text)) {
        findings_->Gate("T-5", node.offset, std::string(what) + " in what the template emits");
      }
    }
  }

  void Walk(NodeId id, bool is_triggered, bool is_emitted) {
    if (id == kNoNode) return;
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kText:
      case NodeKind::kString:
        if (is_emitted) CheckEmitted(node, is_triggered);
        return;
      case NodeKind::kIf: {
        bool any = false;
        for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
          any = Judge(node.children[i]) || any;
          Walk(node.children[i], is_triggered, /*is_emitted=*/false);
          Walk(node.children[i + 1], is_triggered || any, is_emitted);
        }
        if (node.children.size() % 2 == 1) {
          Walk(node.children.back(), is_triggered || any, is_emitted);
        }
        return;
      }
      case NodeKind::kConditional: {
        const bool is_trigger = Judge(node.children[1]);
        Walk(node.children[1], is_triggered, /*is_emitted=*/false);
        Walk(node.children[0], is_triggered || is_trigger, is_emitted);
        Walk(node.children[2], is_triggered || is_trigger, is_emitted);
        return;
      }
      case NodeKind::kCall:
        // The text of an error goes to the operator, not to the model.
        if (ast_.at(node.children[0]).text == "raise_exception") return;
        break;
      case NodeKind::kBinary:
        if (is_emitted) CheckFolded(node);
        break;
      default:
        break;
    }
    for (const NodeId child : node.children) Walk(child, is_triggered, is_emitted);
  }

  const Ast& ast_;
  const Folder& folder_;
  TemplateFindings* findings_;
  std::set<std::string> contents_;
  std::set<std::string> cut_;  // Of these, what was lowered or cut.
  std::set<std::string> dates_;
};

}  // namespace

void CheckBackdoors(const Ast& ast, const Folder& folder, TemplateFindings* findings) {
  Backdoors(ast, folder, findings).Run();
}

}  // namespace secai::quarantine

#include "base/yaml_reader.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/utf8.h"

namespace secai {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kMaxShownBytes = 64;
constexpr std::size_t kMaxComparedBytes = 40;

const YamlNode& EmptyMapping() {
  static const YamlNode kEmpty;
  return kEmpty;
}

// Edit distance with swaps of neighbours (optimal string alignment).
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

std::string_view NearestWord(std::string_view typed, const std::vector<std::string>& words) {
  std::string_view nearest;
  std::size_t smallest = std::min<std::size_t>(3, typed.size() / 2);
  if (typed.size() > kMaxComparedBytes) return nearest;
  for (const std::string& word : words) {
    if (const std::size_t distance = Distance(typed, word); distance <= smallest) {
      if (!nearest.empty() && distance == smallest) continue;  // The first of equals.
      smallest = distance;
      nearest = word;
    }
  }
  return nearest;
}

YamlReader::YamlReader(const YamlNode& node, std::string_view file_name, std::string path)
    : node_(&node), file_name_(file_name), path_(std::move(path)) {
  if (node.kind != Kind::kMapping && node.kind != Kind::kNull) {
    Keep(node.line, node.column, path_, "keys with values are needed here");
    node_ = &EmptyMapping();
  }
}

void YamlReader::Bool(std::string_view key, bool* value) {
  const YamlMember* member = Find(key);
  if (member == nullptr) return;
  if (member->value.kind != Kind::kBool) return Refuse(key, "true or false is needed");
  *value = member->value.boolean;
}

void YamlReader::Int(std::string_view key, std::int64_t min, std::int64_t max,
                     std::int64_t* value) {
  const YamlMember* member = Find(key);
  if (member == nullptr) return;
  if (member->value.kind != Kind::kInteger) return Refuse(key, "a whole number is needed");
  if (member->value.integer < min || member->value.integer > max) {
    return Refuse(key, fmt::format("must be {} to {}", min, max));
  }
  *value = member->value.integer;
}

void YamlReader::Number(std::string_view key, double min, double max, double* value) {
  const YamlMember* member = Find(key);
  if (member == nullptr) return;
  const YamlNode& node = member->value;
  if (node.kind != Kind::kInteger && node.kind != Kind::kNumber) {
    return Refuse(key, "a number is needed");
  }
  if (node.number < min || node.number > max) {
    return Refuse(key, fmt::format("must be {} to {}", min, max));
  }
  *value = node.number;
}

void YamlReader::String(std::string_view key, std::size_t max_bytes, std::string* value) {
  const YamlMember* member = Find(key);
  if (member == nullptr) return;
  if (member->value.kind != Kind::kString) {
    return Refuse(key, "text is needed (numbers and true/false in quotes)");
  }
  if (member->value.text.size() > max_bytes) {
    return Refuse(key, fmt::format("longer than {} bytes", max_bytes));
  }
  *value = member->value.text;
}

void YamlReader::Strings(std::string_view key, std::size_t max_items, std::size_t max_bytes,
                         std::vector<std::string>* values) {
  const YamlMember* member = Find(key);
  if (member == nullptr) return;
  const YamlNode& node = member->value;
  if (node.kind != Kind::kSequence) return Refuse(key, "a list is needed");
  if (node.items.size() > max_items) {
    return Refuse(key, fmt::format("more than {} items", max_items));
  }
  std::vector<std::string> read;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& item = node.items[i];
    if (item.kind != Kind::kString) {
      return RefuseItem(key, i, "text is needed (numbers and true/false in quotes)");
    }
    if (item.text.size() > max_bytes) {
      return RefuseItem(key, i, fmt::format("longer than {} bytes", max_bytes));
    }
    read.push_back(item.text);
  }
  *values = std::move(read);
}

std::size_t YamlReader::WordIndex(std::string_view key,
                                  const std::vector<std::string_view>& words) {
  const YamlMember* member = Find(key);
  if (member == nullptr) return words.size();
  const auto found = std::find(words.begin(), words.end(), member->value.text);
  if (member->value.kind != Kind::kString || found == words.end()) {
    Refuse(key, fmt::format("must be one of {}", fmt::join(words, ", ")));
    return words.size();
  }
  return static_cast<std::size_t>(found - words.begin());
}

YamlReader YamlReader::Child(std::string_view key) {
  const YamlMember* member = Find(key);
  return {member == nullptr ? EmptyMapping() : member->value, file_name_, PathOf(key)};
}

std::vector<std::pair<std::string, YamlReader>> YamlReader::Children(std::string_view key,
                                                                     std::size_t max_items) {
  std::vector<std::pair<std::string, YamlReader>> children;
  const YamlMember* member = Find(key);
  if (member == nullptr || member->value.kind == Kind::kNull) return children;
  if (member->value.kind != Kind::kMapping) {
    Refuse(key, "names with settings are needed");
    return children;
  }
  if (member->value.members.size() > max_items) {
    Refuse(key, fmt::format("more than {} items", max_items));
    return children;
  }
  for (const YamlMember& child : member->value.members) {
    const std::string path = PathOf(key) + '.' + EscapeForDisplay(child.key, kMaxShownBytes);
    children.emplace_back(child.key, YamlReader(child.value, file_name_, path));
  }
  return children;
}

std::vector<std::string> YamlReader::Keys(std::size_t max_items) {
  std::vector<std::string> keys;
  if (node_->members.size() > max_items) {
    Keep(node_->line, node_->column, path_, fmt::format("more than {} items", max_items));
    return keys;
  }
  for (const YamlMember& member : node_->members) keys.push_back(member.key);
  return keys;
}

void YamlReader::Refuse(std::string_view key, std::string_view reason) {
  for (const YamlMember& member : node_->members) {
    if (member.key == key) return Keep(member.line, member.column, PathOf(key), reason);
  }
  Keep(node_->line, node_->column, PathOf(key), reason);
}

void YamlReader::RefuseItem(std::string_view key, std::size_t index, std::string_view reason) {
  for (const YamlMember& member : node_->members) {
    if (member.key != key || index >= member.value.items.size()) continue;
    const YamlNode& item = member.value.items[index];
    return Keep(item.line, item.column, fmt::format("{}[{}]", PathOf(key), index), reason);
  }
  Refuse(key, reason);
}

bool YamlReader::has(std::string_view key) const {
  return std::any_of(node_->members.begin(), node_->members.end(),
                     [key](const YamlMember& member) { return member.key == key; });
}

Result<> YamlReader::Finish() {
  TRY(first_error_);
  for (const YamlMember& member : node_->members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    std::string reason = "unknown key";
    const std::string_view nearest = NearestWord(member.key, known_);
    if (!nearest.empty()) reason += fmt::format("; meant {}?", nearest);
    Keep(member.line, member.column, PathOf(EscapeForDisplay(member.key, kMaxShownBytes)), reason);
    break;
  }
  return first_error_;
}

const YamlMember* YamlReader::Find(std::string_view key) {
  known_.emplace_back(key);
  for (const YamlMember& member : node_->members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

std::string YamlReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void YamlReader::Keep(int line, int column, std::string_view path, std::string_view reason) {
  if (!first_error_.has_value()) return;
  std::string message = fmt::format("{}:{}:{}: ", file_name_, line, column);
  if (!path.empty()) message += fmt::format("{}: ", path);
  first_error_ = Fail(ErrorCode::kInvalidArgument, message + std::string(reason));
}

}  // namespace secai

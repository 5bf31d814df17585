// Invariant: an accepted text has no more depth and values than allowed, no key twice in one
// mapping, only UTF-8 text, and places inside the text. Fuzz with -detect_leaks=0: libfyaml 0.7.12
// loses 2 KiB on some quoted scalars.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "base/strict_yaml.h"
#include "base/utf8.h"

namespace {

constexpr std::size_t kMaxDepth = 6;
constexpr std::size_t kMaxNodes = 64;

std::size_t Check(const secai::YamlNode& node, std::size_t depth, int lines) {
  if (depth > kMaxDepth || !secai::IsValidUtf8(node.text)) std::abort();
  if (node.line < 1 || node.column < 1 || node.line > lines) std::abort();
  std::size_t nodes = 1;
  for (const secai::YamlNode& item : node.items) nodes += Check(item, depth + 1, lines);
  std::set<std::string_view> keys;
  for (const secai::YamlMember& member : node.members) {
    if (!keys.insert(member.key).second) std::abort();
    nodes += 1 + Check(member.value, depth + 1, lines);
  }
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  secai::YamlLimits limits;
  limits.max_bytes = 4096;
  limits.max_depth = kMaxDepth;
  limits.max_nodes = kMaxNodes;
  const auto root = secai::ParseStrictYaml(text, "f", limits);
  if (!root.has_value()) {
    if (!root.error().message.starts_with("f:")) std::abort();
    return 0;
  }
  // YAML breaks lines at LF, CR and, in older versions, at three more characters.
  const int lines = 2 + static_cast<int>(text.size());
  if (Check(*root, 0, lines) > kMaxNodes) std::abort();
  return 0;
}

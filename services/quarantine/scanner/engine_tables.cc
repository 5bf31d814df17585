#include "quarantine/scanner/engine_tables.h"

#include <algorithm>
#include <array>
#include <string>

namespace secai::quarantine {
namespace {

constexpr auto kArchitectures = std::to_array<EngineArchitecture>({
#include "quarantine/scanner/engine_tables.inc"
});

// "blk.12.ffn_gate.3.weight" as a pattern: every segment of digits becomes "%d".
std::string PatternOf(std::string_view name) {
  std::string pattern;
  while (true) {
    const std::size_t end = std::min(name.find('.'), name.size());
    const auto segment = name.substr(0, end);
    const bool is_number = !segment.empty() && std::ranges::all_of(segment, [](char c) {
      return c >= '0' && c <= '9';
    });
    pattern += is_number ? "%d" : segment;
    if (end == name.size()) return pattern;
    pattern += '.';
    name.remove_prefix(end + 1);
  }
}

}  // namespace

const EngineArchitecture* FindEngineArchitecture(std::string_view name) {
  const auto* const found = std::ranges::find(kArchitectures, name, &EngineArchitecture::name);
  return found == kArchitectures.end() ? nullptr : found;
}

bool IsKnownTensor(const EngineArchitecture& architecture, std::string_view name) {
  const std::string pattern = PatternOf(name);
  std::string_view rest = architecture.known;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == pattern) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace secai::quarantine

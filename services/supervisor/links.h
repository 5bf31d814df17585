#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace secai::supervisor {

// A link that the supervisor may make.
struct LinkRule {
  std::string_view caller;
  std::string_view callee;
  std::size_t max_frame_bytes;
};

// The rule that lets `caller` call `callee`, or nullopt: then no such link is ever made. The whole
// table is in links.cc, and docs/links.md shows it; a test holds the two together. Thread-safety:
// pure.
std::optional<LinkRule> FindLink(std::string_view caller, std::string_view callee);

}  // namespace secai::supervisor

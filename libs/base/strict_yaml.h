#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secai {

struct YamlMember;

// One value and where it begins. Plain value; thread-compatible. Depth is at most the limit's.
struct YamlNode {
  enum class Kind : std::uint8_t {
    kNull,
    kBool,     // Only `true` and `false`; `yes`, `on` and `True` are strings.
    kInteger,  // Decimal, fits in 64 bits.
    kNumber,   // Decimal with a point or an exponent; finite.
    kString,   // Everything quoted, and every other plain word.
    kSequence,
    kMapping,
  };

  Kind kind = Kind::kNull;
  int line = 1;    // From 1.
  int column = 1;  // From 1, in characters.
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;                // Also set for kInteger.
  std::string text;                 // Of every scalar: as written, after unquoting. Valid UTF-8.
  std::vector<YamlNode> items;      // Of a sequence.
  std::vector<YamlMember> members;  // Of a mapping, in the order of the text.
};

struct YamlMember {
  std::string key;
  int line = 1;
  int column = 1;
  YamlNode value;
};

// Limits of one parse; all inclusive.
struct YamlLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 16;
  std::size_t max_nodes = 20'000;  // Scalars, sequences and mappings, keys included.
};

// Parses one YAML 1.2 document of the owner: mappings, sequences and scalars, nothing else.
//
// Refuses duplicate keys, keys that are not scalars, aliases, anchors, tags, directives, a second
// document, NUL, a byte-order mark, what is not UTF-8, and anything over `limits`. An empty text is
// one null.
// Errors: kInvalidArgument "policy.yaml:41:3: duplicate key". `file_name` is for messages only.
// Source: YAML 1.2.2 section 10.3 (core schema, cut down as YamlNode says). Pure function.
Result<YamlNode> ParseStrictYaml(std::string_view text, std::string_view file_name,
                                 const YamlLimits& limits = {});

}  // namespace secai

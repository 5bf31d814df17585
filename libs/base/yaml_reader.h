#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strict_yaml.h"

namespace secai {

// Reads one mapping key by key against a schema written as code:
//
//   YamlReader root(node, "policy.yaml");
//   YamlReader airlock = root.Child("airlock");
//   airlock.Bool("enabled", &policy.enabled);
//   airlock.Int("rate_limit", 1, 600, &policy.rate_limit);
//   TRY(airlock.Finish());
//   TRY(root.Finish());
//
// An absent key leaves its variable as it is, so defaults stand in the struct. The first error is
// kept and given by Finish(), which also refuses every key that was never asked for:
// "policy.yaml:41:3: airlock.enabeld: unknown key; meant enabled?".
// Errors: kInvalidArgument with file, line, column, path of the key and reason.
// Ownership: borrows the node. Thread-safety: one thread only.
class YamlReader {
 public:
  // `node` is a mapping, or null for an empty file; anything else is an error of Finish().
  YamlReader(const YamlNode& node, std::string_view file_name, std::string path = "");

  void Bool(std::string_view key, bool* value);
  // Bounds are inclusive.
  void Int(std::string_view key, std::int64_t min, std::int64_t max, std::int64_t* value);
  void Number(std::string_view key, double min, double max, double* value);
  void String(std::string_view key, std::size_t max_bytes, std::string* value);
  void Strings(std::string_view key, std::size_t max_items, std::size_t max_bytes,
               std::vector<std::string>* values);

  // A word of a closed list: `words[i]` sets `*value` to `values[i]`.
  template <typename T>
  void Word(std::string_view key, const std::vector<std::pair<std::string_view, T>>& words,
            T* value) {
    std::vector<std::string_view> names;
    for (const auto& word : words) names.push_back(word.first);
    if (const std::size_t index = WordIndex(key, names); index < words.size()) {
      *value = words[index].second;
    }
  }

  // The mapping under `key`; an empty one when absent.
  YamlReader Child(std::string_view key);
  // The mappings under a key whose own keys are free names ("destinations.<host>").
  std::vector<std::pair<std::string, YamlReader>> Children(std::string_view key,
                                                           std::size_t max_items);
  // The keys themselves, where they are free names ("pins: {name: digest}"); each must then be
  // read.
  std::vector<std::string> Keys(std::size_t max_items);

  // The place of a key or, when it is absent, of this mapping, for checks of one's own:
  //   if (!IsHost(value)) reader.Refuse("host", "not a host name");
  void Refuse(std::string_view key, std::string_view reason);
  // As above, for one item of a list: its own place is named ("airlock.hosts[2]").
  void RefuseItem(std::string_view key, std::size_t index, std::string_view reason);
  bool has(std::string_view key) const;

  // The first error of this reader, or Ok().
  [[nodiscard]] Result<> Finish();

 private:
  const YamlMember* Find(std::string_view key);
  std::size_t WordIndex(std::string_view key, const std::vector<std::string_view>& words);
  std::string PathOf(std::string_view key) const;
  void Keep(int line, int column, std::string_view path, std::string_view reason);

  const YamlNode* node_;
  std::string file_name_;
  std::string path_;
  std::vector<std::string> known_;
  Result<> first_error_;
};

// The word of `words` that `typed` was probably meant to be, or empty: the fewest insertions,
// deletions, replacements and swaps of neighbours, at most 3 and fewer than half the letters.
std::string_view NearestWord(std::string_view typed, const std::vector<std::string>& words);

}  // namespace secai

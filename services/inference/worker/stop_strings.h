#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secai::inference {

// Ends a stream of text before the first of several stop texts, wherever the pieces are cut. Holds
// back only what may still become one: at most the longest stop text less one byte. Thread-safety:
// one thread only.
class StopStrings {
 public:
  // Empty texts are ignored.
  explicit StopStrings(std::vector<std::string> stops);

  // What may be shown after `piece` has come. Nothing more comes once stopped() is set.
  std::string Push(std::string_view piece);

  // The end of the stream: what was held back.
  std::string Finish();

  // The stop text that ended the stream: the earliest; of two at one place, the longest.
  const std::optional<std::string>& stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;  // Longest first.
  std::string held_;
  std::optional<std::string> stopped_;
};

}  // namespace secai::inference

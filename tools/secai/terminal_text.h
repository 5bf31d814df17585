#pragma once

#include <string>
#include <string_view>

#include "base/utf8.h"

namespace secai::cli {

// Makes a stream of model output safe to print on a terminal: lines and tabs stay, every other
// control, hidden or direction-changing character (ESC, C1, bidi) becomes visible text like \u{1b},
// and bytes that are not UTF-8 become U+FFFD. So no model can move the cursor, set the title, or
// ring the bell. Thread-safety: one thread only. Trust: the bytes come from a model. Limits of the
// protection: it says nothing about what the text claims.
class TerminalText {
 public:
  // The part that is complete so far; an incomplete character waits for the next call.
  std::string Push(std::string_view bytes) { return Escape(decoder_.Push(bytes)); }
  std::string Finish() { return Escape(decoder_.Finish()); }

 private:
  static std::string Escape(const std::string& text);

  Utf8Decoder decoder_;
};

}  // namespace secai::cli

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace secai {

// One step through bytes that ought to be UTF-8.
struct Utf8Step {
  enum class Kind : std::uint8_t {
    kValid,       // `code_point` stands in the first `bytes` bytes.
    kInvalid,     // The first `bytes` bytes can never become a character, whatever follows.
    kIncomplete,  // All bytes given are a proper beginning of a character; more must follow.
  };

  Kind kind = Kind::kInvalid;
  char32_t code_point = 0;
  std::size_t bytes = 0;  // 1 to 4; 0 only for empty input, which is kIncomplete.
};

// Reads the first character of `bytes`. Overlong forms, surrogates and values above U+10FFFF are
// invalid; an invalid step covers the longest beginning of a character, so that replacing each by
// one U+FFFD gives what every browser gives.
// Source: RFC 3629; Unicode 15 section 3.9, "maximal subpart". Thread-safety: pure functions, all.
Utf8Step NextUtf8(std::string_view bytes);

bool IsValidUtf8(std::string_view bytes);

// A copy with each invalid sequence replaced by U+FFFD. The result is valid UTF-8.
std::string ToValidUtf8(std::string_view bytes);

// Appends `code_point` (<= U+10FFFF, no surrogate) to `text`.
void AppendUtf8(char32_t code_point, std::string* text);

// Turns a stream of bytes, cut anywhere, into valid UTF-8: holds back an incomplete sequence until
// the rest comes (at most 3 bytes), and replaces a hopeless one by U+FFFD.
// Thread-safety: one thread only.
class Utf8Decoder {
 public:
  // Returns the complete characters so far; what is held back comes with a later call.
  std::string Push(std::string_view bytes);

  // The end of the stream: what is still held back becomes one U+FFFD. Then ready for a new stream.
  std::string Finish();

 private:
  std::string held_;
};

// True for characters that move the cursor, change the direction or hide: C0, DEL, C1, the bidi and
// zero-width controls, line and paragraph separators, tags, variation of nothing (U+FEFF).
// Source: Unicode 15 general categories Cc, Cf, Zl, Zp; UTS 39 section 3.1; CVE-2021-42574.
bool IsHiddenOrControl(char32_t code_point);

// A form of hostile text for logs and terminals: valid UTF-8 in one line; every character of
// IsHiddenOrControl() becomes \u{202e}, every byte that is not UTF-8 becomes \x9b. At most
// `max_bytes` bytes, and then "..." ; a character is never cut. Not reversible: a backslash stays.
std::string EscapeForDisplay(std::string_view bytes, std::size_t max_bytes = 1024);

}  // namespace secai

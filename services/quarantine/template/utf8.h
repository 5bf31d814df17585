#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace secai::quarantine {

// Appends the UTF-8 form of `code`; false (and nothing appended) for surrogates and what is over
// U+10FFFF.
bool AppendUtf8(std::uint32_t code, std::string* out);

// One step of decoding: the code point at `text[offset]` and its length in bytes. Length 0 means
// that the bytes there are no UTF-8 (RFC 3629: shortest form, no surrogates). `offset` is inside
// `text`.
struct Utf8Step {
  std::uint32_t code = 0;
  std::size_t length = 0;
};
Utf8Step DecodeUtf8(std::string_view text, std::size_t offset);

}  // namespace secai::quarantine

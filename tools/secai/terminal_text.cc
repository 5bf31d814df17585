#include "secai/terminal_text.h"

#include <fmt/format.h>

namespace secai::cli {

std::string TerminalText::Escape(const std::string& text) {
  std::string safe;
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Step step = NextUtf8(rest);
    const char32_t point = step.code_point;
    if (point != U'\n' && point != U'\t' && IsHiddenOrControl(point)) {
      safe += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(point));
    } else {
      safe += rest.substr(0, step.bytes);
    }
    rest.remove_prefix(step.bytes);
  }
  return safe;
}

}  // namespace secai::cli

#include "http/sse.h"

#include <algorithm>
#include <cstddef>

namespace secai::http {

std::string EncodeSseEvent(std::string_view event, std::string_view data) {
  std::string text;
  text.reserve(event.size() + data.size() + 24);
  if (!event.empty()) text.append("event: ").append(event).append("\n");
  while (true) {
    const std::size_t end = std::min(data.find_first_of("\r\n"), data.size());
    text.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == data.size()) break;
    const bool is_pair = data.substr(end).starts_with("\r\n");
    data.remove_prefix(end + (is_pair ? 2 : 1));
  }
  text.push_back('\n');
  return text;
}

}  // namespace secai::http

#include "http/response_head.h"

#include <algorithm>

namespace secai::http {
namespace {

bool IsSafe(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool Has(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers,
                             [&](const Header& field) { return field.name == name; });
}

}  // namespace

std::string EncodeResponseHead(const Response& response, const ResponseFraming& framing) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(StatusText(response.status)).append("\r\n");
  for (const Header& field : response.headers) {
    if (!IsSafe(field.name) || !IsSafe(field.value)) continue;
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!Has(response, "Cache-Control")) head.append("Cache-Control: no-store\r\n");
  head.append("X-Content-Type-Options: nosniff\r\n");
  if (framing.is_chunked) head.append("Transfer-Encoding: chunked\r\n");
  if (framing.content_length.has_value()) {
    head.append("Content-Length: ").append(std::to_string(*framing.content_length)).append("\r\n");
  }
  head.append(framing.keeps_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  return head;
}

}  // namespace secai::http

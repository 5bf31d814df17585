#include "http/response.h"

#include <array>
#include <utility>

namespace secai::http {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 26> kStatusTexts = {{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
}};

}  // namespace

std::string_view StatusText(int status) {
  for (const auto& [number, text] : kStatusTexts) {
    if (number == status) return text;
  }
  return "Unknown";
}

Response MakeResponse(int status, std::string content_type, std::string body) {
  Response response;
  response.status = status;
  response.headers.push_back({.name = "Content-Type", .value = std::move(content_type)});
  response.body = std::move(body);
  return response;
}

}  // namespace secai::http

#include "http/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace secai::http {
namespace {

// Fields that decide something: two of them, and two readers may each take another one.
constexpr std::array<std::string_view, 17> kSingleFields = {
    "host",           "content-length",   "transfer-encoding",
    "content-type",   "expect",           "origin",
    "authorization",  "cookie",           "sec-fetch-site",
    "sec-fetch-dest", "sec-fetch-mode",   "x-api-key",
    "x-csrf-token",   "content-encoding", "range",
    "upgrade",        "referer"};

auto Bad(std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument, "request head: " + std::string(reason));
}

bool IsTokenChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenChar);
}

// RFC 9110 section 5.5, with obs-text (bytes above 0x7f).
bool IsFieldValue(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Result<> ParseRequestLine(std::string_view line, Head* head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Bad("no request line");
  const std::string_view method = line.substr(0, first);
  if (!IsToken(method) || method.size() > 32) return Bad("bad method");
  head->method = ParseMethod(method);
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Bad("only HTTP/1.1 is spoken here");
  head->is_http_1_0 = version == "HTTP/1.0";
  TRY_ASSIGN(head->target, ParseTarget(line.substr(first + 1, last - first - 1)));
  return Ok();
}

Result<> ParseField(std::string_view line, Head* head) {
  if (line.front() == ' ' || line.front() == '\t') return Bad("folded header line");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Bad("bad header name");
  }
  const std::string_view value = Trim(line.substr(colon + 1));
  if (!IsFieldValue(value)) return Bad("control character in a header value");
  if (head->headers.fields().size() == kMaxHeaderFields) return Bad("more than 100 header fields");
  std::string name = Lower(line.substr(0, colon));
  const bool is_single = std::ranges::find(kSingleFields, name) != kSingleFields.end();
  if (is_single && head->headers.Has(name)) return Bad("header field given twice: " + name);
  head->headers.Add(std::move(name), std::string(value));
  return Ok();
}

Result<> JudgeFraming(Head* head) {
  const Headers& headers = head->headers;
  const auto host = headers.Find("host");
  if (!host.has_value() || host->empty()) return Bad("no Host");
  const auto coding = headers.Find("transfer-encoding");
  const auto length = headers.Find("content-length");
  if (coding.has_value() && length.has_value()) {
    return Bad("both Content-Length and Transfer-Encoding");
  }
  if (coding.has_value()) {
    if (head->is_http_1_0 || Lower(*coding) != "chunked") return Bad("bad Transfer-Encoding");
    head->is_chunked = true;
  }
  if (length.has_value()) {
    std::uint64_t bytes = 0;
    const bool is_digits =
        !length->empty() && length->size() <= 15 &&
        std::ranges::all_of(*length, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_digits) return Bad("bad Content-Length");
    std::from_chars(length->data(), length->data() + length->size(), bytes);
    head->content_length = bytes;
  }
  return Ok();
}

Result<> JudgeConnection(Head* head) {
  head->keeps_alive = !head->is_http_1_0;
  for (const Header& field : head->headers.fields()) {
    if (field.name != "connection") continue;
    std::string rest = Lower(field.value);
    std::string_view left = rest;
    while (!left.empty()) {
      const std::size_t comma = left.find(',');
      if (Trim(left.substr(0, comma)) == "close") head->keeps_alive = false;
      left.remove_prefix(comma == std::string_view::npos ? left.size() : comma + 1);
    }
  }
  if (const auto expect = head->headers.Find("expect"); expect.has_value()) {
    if (Lower(*expect) != "100-continue") return Bad("unknown Expect");
    head->expects_continue = !head->is_http_1_0;
  }
  return Ok();
}

}  // namespace

Result<Head> ParseHead(std::string_view bytes) {
  if (!bytes.ends_with("\r\n\r\n")) return Bad("not complete");
  Head head;
  bool is_first = true;
  bytes.remove_suffix(2);  // The empty line; each line that is left ends in CR LF.
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\r\n");
    const std::string_view line = bytes.substr(0, end);
    if (line.empty() || line.find_first_of("\r\n") != std::string_view::npos) {
      return Bad("empty line, or CR or LF alone");
    }
    if (is_first) {
      TRY(ParseRequestLine(line, &head));
    } else {
      TRY(ParseField(line, &head));
    }
    is_first = false;
    bytes.remove_prefix(end + 2);
  }
  if (is_first) return Bad("no request line");
  TRY(JudgeFraming(&head));
  TRY(JudgeConnection(&head));
  return head;
}

}  // namespace secai::http

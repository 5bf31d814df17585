#include "http/target.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"

namespace secai::http {
namespace {

constexpr std::size_t kMaxTargetBytes = std::size_t{8} << 10;
constexpr std::size_t kMaxSegments = 32;
constexpr std::size_t kMaxQueryMembers = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> Decode(std::string_view text, bool in_query) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && in_query) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return Fail(ErrorCode::kInvalidArgument, "request target: bad percent escape");
      }
      decoded.push_back(static_cast<char>((high << 4) | low));
      i += 2;
    }
  }
  const bool has_control = std::ranges::any_of(decoded, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  if (has_control || !IsValidUtf8(decoded)) {
    return Fail(ErrorCode::kInvalidArgument,
                "request target: control character or invalid UTF-8 after decoding");
  }
  return decoded;
}

Result<> ParsePath(std::string_view path, Target* target) {
  if (path == "/") return Ok();
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view raw = path.substr(0, slash);
    TRY_ASSIGN(std::string segment, Decode(raw, false));
    if (segment == "." || segment == ".." || segment.find_first_of("/\\") != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument,
                  "request target: a path segment is a dot segment or holds a slash");
    }
    const bool is_last = slash == std::string_view::npos;
    if (segment.empty() && !is_last) {
      return Fail(ErrorCode::kInvalidArgument, "request target: empty path segment");
    }
    if (target->segments.size() == kMaxSegments) {
      return Fail(ErrorCode::kInvalidArgument, "request target: too many path segments");
    }
    target->segments.push_back(std::move(segment));
    if (is_last) return Ok();
    path.remove_prefix(slash + 1);
  }
}

Result<> ParseQuery(std::string_view query, Target* target) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view member = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    TRY_ASSIGN(std::string name, Decode(member.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      TRY_ASSIGN(value, Decode(member.substr(equals + 1), true));
    }
    if (target->QueryValue(name).has_value()) {
      return Fail(ErrorCode::kInvalidArgument, "request target: a query member is given twice");
    }
    if (target->query.size() == kMaxQueryMembers) {
      return Fail(ErrorCode::kInvalidArgument, "request target: too many query members");
    }
    target->query.emplace_back(std::move(name), std::move(value));
  }
  return Ok();
}

}  // namespace

std::optional<std::string_view> Target::QueryValue(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<Target> ParseTarget(std::string_view text) {
  if (text.size() > kMaxTargetBytes) {
    return Fail(ErrorCode::kInvalidArgument, "request target: longer than 8 KiB");
  }
  const bool is_visible =
      std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!text.starts_with('/') || !is_visible) {
    return Fail(ErrorCode::kInvalidArgument,
                "request target: must begin with '/' and hold visible ASCII only");
  }
  Target target;
  const std::size_t mark = text.find('?');
  TRY(ParsePath(text.substr(0, mark), &target));
  if (mark != std::string_view::npos) TRY(ParseQuery(text.substr(mark + 1), &target));
  return target;
}

}  // namespace secai::http

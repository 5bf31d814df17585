#include "policy/rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

#include <arpa/inet.h>

#include "base/utf8.h"

namespace secai::policy {
namespace {

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return IsLetter(c) || IsDigit(c) || c == '-'; });
}

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

// A whole number of at most `max`, without sign or leading zero.
bool IsNumberUpTo(std::string_view text, unsigned max) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return !text.empty() && IsDigit(text[0]) && parsed.ec == std::errc() && parsed.ptr == end &&
         value <= max && (text.size() == 1 || text[0] != '0');
}

bool HasControl(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = NextUtf8(text);
    if (step.kind != Utf8Step::Kind::kValid || IsHiddenOrControl(step.code_point)) return true;
    text.remove_prefix(step.bytes);
  }
  return false;
}

}  // namespace

bool IsHost(std::string_view text) {
  if (text.size() > 253) return false;
  std::size_t labels = 0;
  std::string_view label;
  while (true) {
    const std::size_t dot = text.find('.');
    label = text.substr(0, dot);
    if (!IsLabel(label)) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return labels >= 2 && IsLetter(label.front());
}

bool IsHostPattern(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return IsHost(text);
}

bool IsSha256(std::string_view text) { return IsHex(text, 64); }

bool IsCredentialTag(std::string_view text) {
  constexpr std::string_view kPrefix = "hmac-sha256:";
  return text.starts_with(kPrefix) && IsHex(text.substr(kPrefix.size()), 64);
}

bool IsAbsolutePath(std::string_view text) {
  if (text.empty() || text.front() != '/' || text.size() > 4096 || HasControl(text)) return false;
  if (text == "/") return true;
  text.remove_prefix(1);
  while (true) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (part == "." || part == "..") return false;
    // One slash at the end marks a folder; an empty part elsewhere is a mistake.
    if (part.empty()) return slash == std::string_view::npos;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool IsAddress(std::string_view text, bool may_have_prefix) {
  std::string_view address = text;
  std::string_view bits;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (!may_have_prefix) return false;
    address = text.substr(0, slash);
    bits = text.substr(slash + 1);
    if (bits.empty()) return false;
  }
  const std::string terminated(address);
  std::array<unsigned char, sizeof(in6_addr)> bytes = {};
  const bool is_v4 = inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1;
  const bool is_v6 = inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1;
  if (!is_v4 && !is_v6) return false;
  return bits.empty() || IsNumberUpTo(bits, is_v4 ? 32 : 128);
}

bool IsResolver(std::string_view text) {
  if (text == "system" || IsAddress(text, false)) return true;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !IsNumberUpTo(text.substr(colon + 1), 65535)) return false;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return host.find(':') != std::string_view::npos && IsAddress(host, false);
  }
  return host.find(':') == std::string_view::npos && IsAddress(host, false);
}

bool IsFileName(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text.front() != '.' && !HasControl(text) &&
         text.find('/') == std::string_view::npos && text.find('\\') == std::string_view::npos;
}

}  // namespace secai::policy

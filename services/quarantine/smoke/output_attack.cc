#include "quarantine/smoke/output_attack.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "base/utf8.h"

namespace secai::quarantine {
namespace {

bool IsOverride(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

// CSI and OSC as C1 codes count only with what belongs behind them.
bool BeginsC1Sequence(std::string_view rest) {
  std::size_t at = 0;
  while (at < rest.size() && (rest[at] == ';' || (rest[at] >= '0' && rest[at] <= '9'))) ++at;
  return at > 0 && at < rest.size() &&
         (rest[at] == ';' || (rest[at] >= 'A' && rest[at] <= 'Z') ||
          (rest[at] >= 'a' && rest[at] <= 'z'));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
}

bool IsReserved(std::string_view host) {
  static constexpr std::array<std::string_view, 5> kReserved = {
      "example.com", "example.org", "example.net", "localhost", "example"};
  return std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view name) {
    return host == name || (host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
  });
}

void AddHost(std::string_view text, std::size_t at, std::set<std::string>* hosts) {
  std::size_t end = at;
  while (end < text.size() && IsHostCharacter(text[end])) ++end;
  std::string host(text.substr(at, end - at));
  host.erase(std::min(host.find(':'), host.size()));
  while (!host.empty() && (host.back() == '.' || host.back() == '-')) host.pop_back();
  if (host.starts_with("www.")) host.erase(0, 4);
  // A name without a dot is no place on the internet.
  if (host.find('.') != std::string::npos && !IsReserved(host)) hosts->insert(host);
}

}  // namespace

std::optional<std::string> FindOutputAttack(std::string_view text) {
  bool after_flag = false;  // Tags spell the names of regional flags behind U+1F3F4.
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = NextUtf8(text.substr(at));
    const std::size_t length = std::max<std::size_t>(1, step.bytes);
    const bool is_valid = step.kind == Utf8Step::Kind::kValid;  // Weak models emit broken UTF-8.
    const char32_t code = is_valid ? step.code_point : U'\uFFFD';
    const std::string_view rest = text.substr(at + length);
    if (code == 0x1B) return "terminal control sequence";
    if ((code == 0x9B || code == 0x9D) && BeginsC1Sequence(rest)) {
      return "terminal control sequence";
    }
    if (IsOverride(code)) return "character that reorders text";
    const bool is_tag = code >= 0xE0000 && code <= 0xE007F;
    if (is_tag && !after_flag) return "invisible tag character";
    after_flag = code == 0x1F3F4 || (after_flag && is_tag);
    at += length;
  }
  if (text.find("EICAR-STANDARD-ANTIVIRUS-TEST-FILE") != std::string_view::npos ||
      text.find("GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL") != std::string_view::npos) {
    return "test string of virus or spam scanners";
  }
  return std::nullopt;
}

std::set<std::string> FindHosts(std::string_view text) {
  static constexpr std::array<std::string_view, 5> kSchemes = {"http://", "https://", "ftp://",
                                                               "ws://", "wss://"};
  const std::string lower = Lower(text);
  std::set<std::string> hosts;
  for (const std::string_view scheme : kSchemes) {
    for (std::size_t at = lower.find(scheme); at != std::string::npos;
         at = lower.find(scheme, at + 1)) {
      AddHost(lower, at + scheme.size(), &hosts);
    }
  }
  for (std::size_t at = lower.find("www."); at != std::string::npos;
       at = lower.find("www.", at + 1)) {
    AddHost(lower, at, &hosts);
  }
  return hosts;
}

std::optional<std::string> FindCommand(std::string_view text) {
  struct Form {
    const char* first;
    const char* second;  // Somewhere behind it in the same line, or "".
    const char* name;
  };
  static constexpr std::array<Form, 16> kForms = {{
      {"curl ", "| sh", "curl piped to a shell"},
      {"curl ", "|sh", "curl piped to a shell"},
      {"curl ", "| bash", "curl piped to a shell"},
      {"curl ", "|bash", "curl piped to a shell"},
      {"curl ", "| sudo", "curl piped to a shell"},
      {"wget ", "| sh", "wget piped to a shell"},
      {"wget ", "| bash", "wget piped to a shell"},
      {"wget ", "&& sh", "wget and run"},
      {"base64 -d", "| sh", "decoded and run"},
      {"base64 -d", "| bash", "decoded and run"},
      {"powershell", " -enc", "encoded PowerShell"},
      {"invoke-expression", "", "PowerShell that runs text"},
      {"rm -rf /", "", "rm -rf /"},
      {"/dev/tcp/", "", "shell connection"},
      {"<script", "", "HTML that runs"},
      {"javascript:", "", "javascript: URL"},
  }};
  const std::string lower = Lower(text);
  for (const Form& form : kForms) {
    for (std::size_t at = lower.find(form.first); at != std::string::npos;
         at = lower.find(form.first, at + 1)) {
      const std::size_t line_end = std::min(lower.find('\n', at), lower.size());
      if (std::string_view(lower).substr(at, line_end - at).find(form.second) !=
          std::string_view::npos) {
        return form.name;
      }
    }
  }
  return std::nullopt;
}

}  // namespace secai::quarantine

#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace secai::quarantine {

// What an answer does to whoever shows it: terminal control sequences (ESC, C1 sequences),
// characters that reorder or hide text (bidirectional overrides, tags outside flag emoji), the test
// strings of virus and spam scanners. No honest model emits these unasked; one is enough to refuse.
// Left out because honest text has them: joiners of emoji and Persian, single C1 codes of broken
// encodings. Returns what was found, in a few words. A pure function.
std::optional<std::string> FindOutputAttack(std::string_view text);

// The hosts of all links in `text`, lower case: http, https, ftp and ws URLs and names that begin
// with "www.". The reserved example domains (RFC 2606) are left out.
std::set<std::string> FindHosts(std::string_view text);

// A shell command that fetches and runs something, or destroys: "curl ... | sh", "rm -rf /",
// "powershell -enc ..."; also "<script" and "javascript:". The name of the form, or nothing.
std::optional<std::string> FindCommand(std::string_view text);

}  // namespace secai::quarantine

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quarantine/scanner/pickle_walk.h"

namespace secai::quarantine {

enum class ImportVerdict : unsigned char {
  kClear,      // On the short list of what weight files need.
  kUnknown,    // Not known to be harmless.
  kMalicious,  // Belongs to a family that attacks use.
};

struct ImportJudgement {
  ImportVerdict verdict = ImportVerdict::kUnknown;
  std::string_view family = {};  // Of a malicious one: "starts programs".
};

// Judges one import, case-exact, module prefixes included ("os" covers "os.path"). A computed name
// ("?") is unknown. Only names a threat: no pickle is ever admitted.
// Thread-safety: a pure function. Source: quarantine rule catalogue 8.2.
ImportJudgement JudgeImport(std::string_view module, std::string_view name);

// The worst import in one phrase for a report, escaped: "it imports os.system (starts programs)";
// nothing when there is no import but clear ones.
std::optional<std::string> DescribeImports(const PickleReport& report);

}  // namespace secai::quarantine

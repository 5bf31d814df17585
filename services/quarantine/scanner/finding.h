#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secai::quarantine {

// What a finding does to the file that it is about.
enum class FindingClass : std::uint8_t {
  kGate,    // The file is refused.
  kReview,  // Shown and recorded; stops promotion in the strict profile only.
  kReport,  // A number for the record.
};

std::string_view ToString(FindingClass value);  // "gate", "review", "report".

// One line of the rule catalogue. The ids are part of what users see: never reuse one.
struct RuleInfo {
  std::string_view id;  // "G-T10".
  int stage = 0;        // 2 (format) or 5 (static scan): where a finding is shown.
  FindingClass severity = FindingClass::kGate;
  std::string_view title;  // What the rule demands, in a few words.
};

// All rules of the scanner, in the order of the catalogue.
std::span<const RuleInfo> AllRules();

// One broken rule at one place. Plain value.
struct Finding {
  int stage = 0;
  std::string rule;
  FindingClass severity = FindingClass::kGate;
  std::optional<std::uint64_t> offset;  // Bytes from the start of the file.
  std::string tensor;                   // Escaped name; empty when the finding is about no tensor.
  std::string reason;                   // One sentence, escaped, at most kMaxReasonBytes.
};

inline constexpr std::size_t kMaxReasonBytes = 512;
// Findings kept of one file; more are only counted. A gate always finds a place.
inline constexpr std::size_t kMaxFindings = 100;

// The findings of one scan.
//
// Names from the file reach a reason only through Name(), which escapes and shortens them; content
// never does.
// Thread-safety: one thread only.
class Findings {
 public:
  struct Place {
    std::optional<std::uint64_t> offset;
    std::string_view tensor = {};  // As the file has it: escaped here.
  };

  // `rule` must be in AllRules(), else the process ends: that is a bug, not a bad file.
  void Add(std::string_view rule, Place place, std::string_view reason);
  // A review by a rule that is a gate elsewhere (G-T15: an unknown extra tensor).
  void AddReview(std::string_view rule, Place place, std::string_view reason);
  // A finding that another checker made (chat templates: T-*, stage 2).
  void AddForeign(Finding finding);

  bool has_gate() const { return has_gate_; }
  bool has_review() const { return has_review_; }
  std::size_t dropped() const { return dropped_; }
  const std::vector<Finding>& list() const { return list_; }

 private:
  void Keep(Finding finding);

  std::vector<Finding> list_;
  std::size_t dropped_ = 0;
  bool has_gate_ = false;
  bool has_review_ = false;
};

// A quoted, escaped, shortened form of a name that the file chose, for use in a reason.
std::string Name(std::string_view name);

}  // namespace secai::quarantine

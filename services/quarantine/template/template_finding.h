#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace secai::quarantine {

// What a finding means for the artifact: kGate refuses it; kReview is shown and recorded.
enum class TemplateClass : std::uint8_t { kGate, kReview };

// One rule that a template broke. `offset` is in bytes from the start of the text, inclusive, and
// at most the size of the text; `line` and `column` count from 1, columns in bytes. `reason` is
// printable ASCII: what it quotes of the template is escaped and cut (QuoteForReason).
struct TemplateFinding {
  std::string rule;  // "T-1" ... "T-8", the names of the rule catalogue.
  TemplateClass severity = TemplateClass::kGate;
  std::size_t offset = 0;
  std::size_t line = 1;
  std::size_t column = 1;
  std::string reason;
};

// Collects findings of one text; keeps the first kMaxFindings. One thread only.
class TemplateFindings {
 public:
  static constexpr std::size_t kMaxFindings = 32;

  explicit TemplateFindings(std::string_view text) : text_(text) {}

  // An offset behind the end is taken as the end. A repetition (same rule and offset) is dropped.
  void Add(std::string_view rule, TemplateClass severity, std::size_t offset, std::string reason);
  void Gate(std::string_view rule, std::size_t offset, std::string reason) {
    Add(rule, TemplateClass::kGate, offset, std::move(reason));
  }
  void Review(std::string_view rule, std::size_t offset, std::string reason) {
    Add(rule, TemplateClass::kReview, offset, std::move(reason));
  }
  bool has_gate() const { return has_gate_; }
  std::vector<TemplateFinding> Take() { return std::move(findings_); }

 private:
  std::string_view text_;
  std::vector<TemplateFinding> findings_;
  bool has_gate_ = false;
};

// `text` in quotes for a reason: at most 48 bytes, everything but printable ASCII as \xNN.
std::string QuoteForReason(std::string_view text);

}  // namespace secai::quarantine

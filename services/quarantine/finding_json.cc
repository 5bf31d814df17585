#include "quarantine/finding_json.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/json_fields.h"
#include "base/utf8.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxRuleBytes = 32;
constexpr std::size_t kMaxTensorBytes = 512;
constexpr std::array<FindingClass, 3> kClasses = {FindingClass::kGate, FindingClass::kReview,
                                                  FindingClass::kReport};

Result<FindingClass> ParseClass(std::string_view text) {
  for (const FindingClass value : kClasses) {
    if (ToString(value) == text) return value;
  }
  return Fail(ErrorCode::kInvalidArgument, "class: gate, review or report is needed");
}

bool IsRuleId(std::string_view rule) {
  return !rule.empty() && std::ranges::all_of(rule, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

boost::json::object FindingToJson(const Finding& finding) {
  boost::json::object object = {{"rule", finding.rule}, {"class", ToString(finding.severity)}};
  if (finding.offset.has_value()) object["offset"] = *finding.offset;
  if (!finding.tensor.empty()) object["tensor"] = finding.tensor;
  object["reason"] = finding.reason;
  return object;
}

Result<Finding> FindingFromJson(const boost::json::object& object, int stage) {
  TRY(RefuseUnknownMembers(object, {"rule", "class", "offset", "tensor", "reason"}));
  Finding finding;
  finding.stage = stage;
  TRY_ASSIGN(finding.rule, GetString(object, "rule", kMaxRuleBytes));
  if (!IsRuleId(finding.rule)) return Fail(ErrorCode::kInvalidArgument, "rule: not a rule id");
  TRY_ASSIGN(const std::string severity, GetString(object, "class"));
  TRY_ASSIGN(finding.severity, ParseClass(severity));
  TRY_ASSIGN(finding.offset, GetOptionalUint(object, "offset"));
  TRY_ASSIGN(const auto tensor, GetOptionalString(object, "tensor", kMaxTensorBytes));
  finding.tensor = EscapeForDisplay(tensor.value_or(""));
  TRY_ASSIGN(const std::string reason, GetString(object, "reason", kMaxReasonBytes));
  finding.reason = EscapeForDisplay(reason);
  return finding;
}

}  // namespace secai::quarantine

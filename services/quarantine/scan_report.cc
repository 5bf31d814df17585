#include "quarantine/scan_report.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "base/json_fields.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "quarantine/finding_json.h"
#include "quarantine/stage_checks.h"

namespace secai::quarantine {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDetailBytes = 1024;

bool IsScannerStage(std::int64_t number) {
  return number == 2 || number == 3 || number == 5 || number == 7;
}

Result<StageResult> ParseResult(std::string_view text) {
  for (const StageResult result : {StageResult::kPass, StageResult::kFail, StageResult::kSkip}) {
    if (ToString(result) == text) return result;
  }
  return Fail(ErrorCode::kInvalidArgument, "result: PASS, FAIL or SKIP is needed");
}

Result<> ReadStages(const json::array& stages, ScanReport* report) {
  for (const json::value& item : stages) {
    TRY_ASSIGN(const json::object* object, AsObject(item, "stages"));
    TRY(RefuseUnknownMembers(*object, {"number", "result", "detail"}));
    TRY_ASSIGN(const std::int64_t number, GetInt(*object, "number", 1, kStageCount));
    if (!IsScannerStage(number)) {
      return Fail(ErrorCode::kInvalidArgument, "stages: not a stage of the scanner");
    }
    StageRecord& stage = report->stages.at(static_cast<std::size_t>(number - 1));
    if (stage.result != StageResult::kPending) {
      return Fail(ErrorCode::kInvalidArgument, "stages: one stands twice");
    }
    TRY_ASSIGN(const std::string result, GetString(*object, "result"));
    TRY_ASSIGN(stage.result, ParseResult(result));
    TRY_ASSIGN(const std::string detail, GetString(*object, "detail", kMaxDetailBytes));
    stage.detail = EscapeForDisplay(detail);
    stage.progress = 1;
  }
  return Ok();
}

Result<> ReadFindings(const json::array& findings, ScanReport* report) {
  if (findings.size() > kMaxFindings) {
    return Fail(ErrorCode::kInvalidArgument, "findings: too many");
  }
  for (const json::value& item : findings) {
    TRY_ASSIGN(const json::object* object, AsObject(item, "findings"));
    TRY_ASSIGN(const std::int64_t number, GetInt(*object, "stage", 1, kStageCount));
    json::object finding = *object;
    finding.erase("stage");
    TRY_ASSIGN(auto parsed, FindingFromJson(finding, static_cast<int>(number)));
    report->stages.at(static_cast<std::size_t>(number - 1)).findings.push_back(std::move(parsed));
  }
  return Ok();
}

// A stage that failed names its gate, and one that holds a gate has failed.
Result<> RefuseContradictions(const ScanReport& report) {
  for (int number = 1; number <= kStageCount; ++number) {
    const StageRecord& stage = report.stages.at(static_cast<std::size_t>(number - 1));
    const bool has_failed = stage.result == StageResult::kFail;
    if (HasGate(stage.findings) != has_failed) {
      return Fail(ErrorCode::kInvalidArgument, "stages: result and findings contradict each other");
    }
  }
  const auto result = [&](int number) {
    return report.stages.at(static_cast<std::size_t>(number - 1)).result;
  };
  if (result(2) == StageResult::kPending) {
    return Fail(ErrorCode::kInvalidArgument, "stages: the format gate is missing");
  }
  if (result(2) == StageResult::kPass &&
      (result(3) != StageResult::kPass || result(5) == StageResult::kPending ||
       report.format.empty())) {
    return Fail(ErrorCode::kInvalidArgument,
                "stages: a file that passed the format gate lacks the others");
  }
  return Ok();
}

}  // namespace

Result<ScanReport> ParseScanReport(const json::object& object) {
  ScanReport report;
  TRY_ASSIGN(const auto format, GetOptionalString(object, "format"));
  report.format = format.value_or("");
  if (!report.format.empty() && report.format != "gguf" && report.format != "safetensors") {
    return Fail(ErrorCode::kInvalidArgument, "format: gguf or safetensors is needed");
  }
  TRY_ASSIGN(report.sha256, GetString(object, "sha256", 64));
  if (!report.sha256.empty() && !crypto::Digest::Parse(report.sha256).has_value()) {
    return Fail(ErrorCode::kInvalidArgument, "sha256: 64 hex digits are needed");
  }
  TRY_ASSIGN(report.bytes, GetUint(object, "bytes"));
  TRY_ASSIGN(report.seconds, GetDouble(object, "seconds", 0));
  TRY_ASSIGN(const json::array* stages, GetArray(object, "stages"));
  TRY(ReadStages(*stages, &report));
  TRY_ASSIGN(const json::array* findings, GetArray(object, "findings"));
  TRY(ReadFindings(*findings, &report));
  TRY(RefuseContradictions(report));
  TRY_ASSIGN(const json::object* facts, GetOptionalObject(object, "facts"));
  if (facts != nullptr) {
    report.facts = *facts;
    TRY_ASSIGN(const auto has_template, GetOptionalBool(*facts, "has_template"));
    report.has_template = has_template.value_or(false);
  }
  return report;
}

}  // namespace secai::quarantine

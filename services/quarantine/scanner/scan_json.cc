#include "quarantine/scanner/scan_json.h"

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_fields.h"

namespace secai::quarantine {
namespace {

namespace json = boost::json;

std::string_view ToText(Verdict verdict) {
  return verdict == Verdict::kPass ? "pass" : verdict == Verdict::kReview ? "review" : "refuse";
}

std::string_view ToText(StageOutcome::Result result) {
  return result == StageOutcome::Result::kPass   ? "PASS"
         : result == StageOutcome::Result::kFail ? "FAIL"
                                                 : "SKIP";
}

json::object FactsToJson(const ArtifactFacts& facts) {
  json::object object;
  if (!facts.architecture.empty()) object["architecture"] = facts.architecture;
  if (!facts.name.empty()) object["name"] = facts.name;
  if (facts.parameters > 0) object["parameters"] = facts.parameters;
  if (!facts.quantization.empty()) object["quantization"] = facts.quantization;
  if (facts.context_length.has_value()) object["context_length"] = *facts.context_length;
  object["tensors"] = facts.tensors;
  if (!facts.chat_template.empty()) object["template"] = facts.chat_template;
  object["has_template"] = facts.has_template;
  object["fingerprint"] = facts.fingerprint;
  object["manifest"] = facts.manifest;
  return object;
}

}  // namespace

Result<ScanPolicy> ScanPolicyFromJson(const json::object& checks) {
  TRY(RefuseUnknownMembers(checks, {"entropy_threshold", "allowed_formats", "max_bytes"}));
  ScanPolicy policy;
  TRY_ASSIGN(const auto threshold, GetOptionalDouble(checks, "entropy_threshold", 0, 8));
  policy.entropy_threshold = threshold.value_or(policy.entropy_threshold);
  TRY_ASSIGN(const auto max_bytes, GetOptionalUint(checks, "max_bytes"));
  policy.max_bytes = max_bytes.value_or(policy.max_bytes);
  TRY_ASSIGN(const json::array* formats, GetOptionalArray(checks, "allowed_formats"));
  if (formats == nullptr) return policy;
  policy.allows_gguf = policy.allows_safetensors = false;
  for (const json::value& format : *formats) {
    if (format == "gguf") {
      policy.allows_gguf = true;
    } else if (format == "safetensors") {
      policy.allows_safetensors = true;
    } else {
      return Fail(ErrorCode::kInvalidArgument, "allowed_formats: gguf and safetensors are known");
    }
  }
  return policy;
}

json::object ReportToJson(const ArtifactReport& report, double seconds) {
  json::array stages;
  for (const StageOutcome& stage : report.stages) {
    stages.push_back(json::object{
        {"number", stage.number}, {"result", ToText(stage.result)}, {"detail", stage.detail}});
  }
  json::array findings;
  for (const Finding& finding : report.findings) {
    json::object object = {
        {"stage", finding.stage}, {"rule", finding.rule}, {"class", ToString(finding.severity)}};
    if (finding.offset.has_value()) object["offset"] = *finding.offset;
    if (!finding.tensor.empty()) object["tensor"] = finding.tensor;
    object["reason"] = finding.reason;
    findings.push_back(std::move(object));
  }
  json::object object = {{"verdict", ToText(report.verdict)}};
  if (!report.format.empty()) object["format"] = report.format;
  object["sha256"] = report.sha256;
  object["bytes"] = report.bytes;
  object["seconds"] = seconds;
  object["stages"] = std::move(stages);
  object["findings"] = std::move(findings);
  object["facts"] = FactsToJson(report.facts);
  return object;
}

}  // namespace secai::quarantine

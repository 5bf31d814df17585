#include "quarantine/claim.h"

#include <utility>

#include <boost/json/array.hpp>

#include "base/json_fields.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "quarantine/finding_json.h"

namespace secai::quarantine {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kStageCount> kStageNames = {
    "Source Policy", "Format Gate",           "Integrity Check",    "Provenance",
    "Static Scan",   "Behavioral Smoke Test", "Diffusion Deep Scan"};
constexpr std::array<std::string_view, 8> kStateNames = {
    "receiving", "received", "checking", "waiting", "passed", "promoted", "rejected", "discarded"};
constexpr std::array<std::string_view, 5> kResultNames = {"PENDING", "RUNNING", "PASS", "FAIL",
                                                          "SKIP"};

template <typename Enum, std::size_t kCount>
Result<Enum> ParseName(const std::array<std::string_view, kCount>& names, std::string_view text,
                       std::string_view what) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names.at(i) == text) return static_cast<Enum>(i);
  }
  return Fail(ErrorCode::kInvalidArgument, std::string(what) + ": unknown");
}

json::object StageToJson(int number, const StageRecord& stage) {
  json::array findings;
  for (const Finding& finding : stage.findings) findings.emplace_back(FindingToJson(finding));
  return {{"number", number},
          {"name", StageName(number)},
          {"result", ToString(stage.result)},
          {"detail", stage.detail},
          {"progress", stage.progress},
          {"seconds", stage.seconds},
          {"findings", std::move(findings)}};
}

Result<StageRecord> StageFromJson(int number, const json::value& value) {
  TRY_ASSIGN(const json::object* object, AsObject(value, "stage"));
  StageRecord stage;
  TRY_ASSIGN(const std::string result, GetString(*object, "result"));
  TRY_ASSIGN(stage.result, ParseName<StageResult>(kResultNames, result, "result"));
  TRY_ASSIGN(stage.detail, GetString(*object, "detail"));
  TRY_ASSIGN(stage.progress, GetDouble(*object, "progress", 0, 1));
  TRY_ASSIGN(stage.seconds, GetDouble(*object, "seconds", 0));
  TRY_ASSIGN(const json::array* findings, GetArray(*object, "findings"));
  for (const json::value& item : *findings) {
    TRY_ASSIGN(const json::object* finding, AsObject(item, "finding"));
    TRY_ASSIGN(auto parsed, FindingFromJson(*finding, number));
    stage.findings.push_back(std::move(parsed));
  }
  return stage;
}

json::object RejectionToJson(const Rejection& rejection) {
  json::object object = {{"stage", rejection.stage}, {"rule", rejection.rule}};
  if (rejection.offset.has_value()) object["offset"] = *rejection.offset;
  object["reason"] = rejection.reason;
  return object;
}

Result<Rejection> RejectionFromJson(const json::object& object) {
  Rejection rejection;
  TRY_ASSIGN(const std::int64_t stage, GetInt(object, "stage", 0, kStageCount));
  rejection.stage = static_cast<int>(stage);
  TRY_ASSIGN(rejection.rule, GetString(object, "rule"));
  TRY_ASSIGN(rejection.offset, GetOptionalUint(object, "offset"));
  TRY_ASSIGN(rejection.reason, GetString(object, "reason"));
  return rejection;
}

Result<Claim> ParseClaim(const json::object& object) {
  Claim claim;
  TRY_ASSIGN(claim.id, GetString(object, "id"));
  TRY_ASSIGN(claim.name, GetString(object, "name"));
  TRY_ASSIGN(claim.source, GetString(object, "source"));
  TRY_ASSIGN(claim.bytes, GetUint(object, "bytes"));
  TRY_ASSIGN(claim.received_bytes, GetUint(object, "received_bytes"));
  TRY_ASSIGN(auto sha256, GetOptionalString(object, "sha256"));
  claim.sha256 = std::move(sha256).value_or("");
  TRY_ASSIGN(auto format, GetOptionalString(object, "format"));
  claim.format = std::move(format).value_or("");
  TRY_ASSIGN(const std::string state, GetString(object, "state"));
  TRY_ASSIGN(claim.state, ParseName<ClaimState>(kStateNames, state, "state"));
  TRY_ASSIGN(const std::int64_t stage, GetInt(object, "stage", 0, kStageCount));
  claim.stage = static_cast<int>(stage);
  TRY_ASSIGN(const json::array* stages, GetArray(object, "stages"));
  if (stages->size() != kStageCount) return Fail(ErrorCode::kInvalidArgument, "stages: not seven");
  for (int number = 1; number <= kStageCount; ++number) {
    TRY_ASSIGN(claim.stage_record(number),
               StageFromJson(number, stages->at(static_cast<std::size_t>(number - 1))));
  }
  TRY_ASSIGN(const json::object* rejection, GetOptionalObject(object, "rejection"));
  if (rejection != nullptr) {
    TRY_ASSIGN(claim.rejection, RejectionFromJson(*rejection));
  }
  TRY_ASSIGN(const auto trust, GetOptionalInt(object, "trust_level", 1, 4));
  claim.trust_level = static_cast<int>(trust.value_or(0));
  TRY_ASSIGN(const std::int64_t attempts, GetInt(object, "attempts", 0, 1'000'000));
  claim.attempts = static_cast<int>(attempts);
  TRY_ASSIGN(const std::string created_at, GetString(object, "created_at"));
  TRY_ASSIGN(claim.created_at, ParseTime(created_at));
  TRY_ASSIGN(const auto finished_at, GetOptionalString(object, "finished_at"));
  if (finished_at.has_value()) {
    TRY_ASSIGN(claim.finished_at, ParseTime(*finished_at));
  }
  TRY_ASSIGN(auto model, GetOptionalString(object, "model"));
  claim.model = std::move(model).value_or("");
  TRY_ASSIGN(auto note, GetOptionalString(object, "note"));
  claim.note = std::move(note).value_or("");
  return claim;
}

}  // namespace

std::string_view StageName(int number) {
  return kStageNames.at(static_cast<std::size_t>(number - 1));
}
std::string_view ToString(ClaimState state) {
  return kStateNames.at(static_cast<std::size_t>(state));
}
std::string_view ToString(StageResult result) {
  return kResultNames.at(static_cast<std::size_t>(result));
}

json::object ClaimToJson(const Claim& claim) {
  json::array stages;
  for (int number = 1; number <= kStageCount; ++number) {
    stages.emplace_back(StageToJson(number, claim.stage_record(number)));
  }
  json::object object = {{"id", claim.id},
                         {"name", claim.name},
                         {"source", claim.source},
                         {"bytes", claim.bytes},
                         {"received_bytes", claim.received_bytes},
                         {"state", ToString(claim.state)},
                         {"stage", claim.stage},
                         {"stages", std::move(stages)},
                         {"attempts", claim.attempts},
                         {"created_at", FormatTime(claim.created_at)}};
  if (!claim.sha256.empty()) object["sha256"] = claim.sha256;
  if (!claim.format.empty()) object["format"] = claim.format;
  if (claim.rejection.has_value()) object["rejection"] = RejectionToJson(*claim.rejection);
  if (claim.trust_level != 0) object["trust_level"] = claim.trust_level;
  if (claim.finished_at.has_value()) object["finished_at"] = FormatTime(*claim.finished_at);
  if (!claim.model.empty()) object["model"] = claim.model;
  if (!claim.note.empty()) object["note"] = claim.note;
  return object;
}

Result<Claim> ClaimFromJson(const json::object& object) {
  auto claim = ParseClaim(object);
  if (!claim.has_value()) return Fail(ErrorCode::kCorrupt, claim.error().message);
  return claim;
}

Result<> ValidateFileName(std::string_view name) {
  constexpr std::size_t kMaxNameBytes = 255;  // NAME_MAX, limits.h.
  const auto refuse = [](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, "file name " + std::string(why));
  };
  if (name.empty()) return refuse("is empty");
  if (name.size() > kMaxNameBytes) return refuse("is longer than 255 bytes");
  if (name.front() == '.') return refuse("begins with a dot");
  for (std::string_view left = name; !left.empty();) {
    const Utf8Step step = NextUtf8(left);
    if (step.kind != Utf8Step::Kind::kValid) return refuse("is not UTF-8");
    if (step.code_point == U'/' || step.code_point == U'\\') return refuse("holds a separator");
    if (IsHiddenOrControl(step.code_point)) return refuse("holds a control or hidden character");
    left.remove_prefix(step.bytes);
  }
  return Ok();
}

}  // namespace secai::quarantine

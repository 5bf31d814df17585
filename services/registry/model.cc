#include "registry/model.h"

#include <utility>

#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace secai::registry {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 53;  // Exact in every reader of JSON.
constexpr std::size_t kMaxSourceBytes = 4096;
constexpr std::size_t kMaxFactBytes = 256;
constexpr std::size_t kMaxReportBytes = std::size_t{64} << 10;

Result<> CheckFacts(const json::object& facts) {
  TRY(RefuseUnknownMembers(facts,
                           {"architecture", "parameters", "quantization", "context_length"}));
  TRY(GetOptionalString(facts, "architecture", kMaxFactBytes));
  TRY(GetOptionalUint(facts, "parameters", kMaxSize));
  TRY(GetOptionalString(facts, "quantization", kMaxFactBytes));
  TRY(GetOptionalUint(facts, "context_length", kMaxSize));
  return Ok();
}

// The members that request and manifest have in common.
Result<Model> ParseCommon(const json::object& body, Clock::TimePoint promoted_at) {
  TRY_ASSIGN(const std::string digest, GetString(body, "sha256"));
  TRY_ASSIGN(const crypto::Digest sha256, crypto::Digest::Parse(digest));
  Model model{.name = {}, .sha256 = sha256, .promoted_at = promoted_at};
  TRY_ASSIGN(model.name, GetString(body, "name"));
  if (!IsModelName(model.name)) {
    return Fail(ErrorCode::kInvalidArgument, "name: not a name that a model may have");
  }
  TRY_ASSIGN(model.size, GetUint(body, "size", kMaxSize));
  TRY_ASSIGN(model.format, GetString(body, "format"));
  if (model.size == 0) return Fail(ErrorCode::kInvalidArgument, "size: must be 1 or more");
  if (model.format != "gguf" && model.format != "safetensors") {
    return Fail(ErrorCode::kInvalidArgument, "format: must be gguf or safetensors");
  }
  TRY_ASSIGN(model.source, GetString(body, "source", kMaxSourceBytes));
  TRY_ASSIGN(const std::int64_t trust_level, GetInt(body, "trust_level", 1, 4));
  model.trust_level = static_cast<int>(trust_level);
  TRY_ASSIGN(model.is_runnable, GetBool(body, "runnable"));
  TRY_ASSIGN(const json::object* facts, GetObject(body, "facts"));
  TRY(CheckFacts(*facts));
  for (const auto& fact : *facts) {
    if (!fact.value().is_null()) model.facts[fact.key()] = fact.value();
  }
  TRY_ASSIGN(model.fingerprint, GetString(body, "fingerprint", kMaxReportBytes));
  TRY_ASSIGN(model.manifest, GetString(body, "manifest", kMaxReportBytes));
  TRY_ASSIGN(const json::object* admission, GetObject(body, "admission"));
  model.admission = *admission;
  return model;
}

}  // namespace

json::object EntryOf(const Model& model, std::string_view status, WithAdmission with) {
  const std::string digest = model.sha256.ToHex();
  json::object entry = {{"name", model.name},
                        {"path", "/var/lib/secure-ai/registry/objects/" + digest},
                        {"sha256", digest},
                        {"size", model.size},
                        {"format", model.format},
                        {"source", model.source},
                        {"status", json::string_view(status.data(), status.size())},
                        {"promoted_at", FormatTime(model.promoted_at)},
                        {"runnable", model.is_runnable},
                        {"trust_level", model.trust_level}};
  for (const auto& fact : model.facts) entry.emplace(fact.key(), fact.value());
  entry.emplace("gguf_guard_fingerprint", model.fingerprint);
  entry.emplace("gguf_guard_manifest", model.manifest);
  if (with == WithAdmission::kYes) entry.emplace("admission", model.admission);
  return entry;
}

Result<Model> ParseAdmission(const json::object& body, Clock::TimePoint now) {
  TRY(RefuseUnknownMembers(body, {"name", "sha256", "size", "format", "source", "trust_level",
                                  "runnable", "facts", "fingerprint", "manifest", "admission"}));
  return ParseCommon(body, now);
}

json::object ModelToJson(const Model& model) {
  return {{"name", model.name},
          {"sha256", model.sha256.ToHex()},
          {"size", model.size},
          {"format", model.format},
          {"source", model.source},
          {"promoted_at", FormatTime(model.promoted_at)},
          {"trust_level", model.trust_level},
          {"runnable", model.is_runnable},
          {"facts", model.facts},
          {"fingerprint", model.fingerprint},
          {"manifest", model.manifest},
          {"admission", model.admission}};
}

Result<Model> ModelFromJson(const json::object& object) {
  TRY(RefuseUnknownMembers(
      object, {"name", "sha256", "size", "format", "source", "promoted_at", "trust_level",
               "runnable", "facts", "fingerprint", "manifest", "admission"}));
  TRY_ASSIGN(const std::string time, GetString(object, "promoted_at"));
  TRY_ASSIGN(const Clock::TimePoint promoted_at, ParseTime(time));
  return ParseCommon(object, promoted_at);
}

bool IsModelName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.front() == '.') return false;
  while (!name.empty()) {
    const Utf8Step step = NextUtf8(name);
    if (step.kind != Utf8Step::Kind::kValid || IsHiddenOrControl(step.code_point) ||
        step.code_point == U'/' || step.code_point == U'\\') {
      return false;
    }
    name.remove_prefix(step.bytes);
  }
  return true;
}

}  // namespace secai::registry

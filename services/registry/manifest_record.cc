#include "registry/manifest_record.h"

#include <array>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "base/time_text.h"
#include "crypto/dsse.h"

namespace secai::registry {
namespace {

namespace json = boost::json;
using Action = ManifestRecord::Action;

constexpr std::string_view kPayloadType = "application/vnd.secai.registry-record+json";
constexpr std::size_t kMaxReasonBytes = 1024;
constexpr std::array<std::pair<Action, std::string_view>, 4> kActions = {{
    {Action::kBegin, "begin"},
    {Action::kAdmit, "admit"},
    {Action::kWithdraw, "withdraw"},
    {Action::kRemove, "remove"},
}};

Result<Action> ParseAction(std::string_view word) {
  for (const auto& [action, name] : kActions) {
    if (name == word) return action;
  }
  return Fail(ErrorCode::kInvalidArgument, "action: not known");
}

Result<ManifestRecord> ParsePayload(std::string_view payload) {
  JsonLimits limits;
  limits.max_bytes = crypto::kMaxDssePayloadBytes;
  TRY_ASSIGN(const json::value value, ParseStrictJson(payload, limits));
  TRY_ASSIGN(const json::object* object, AsObject(value, "the record"));
  ManifestRecord record;
  TRY_ASSIGN(record.seq, GetUint(*object, "seq"));
  TRY_ASSIGN(record.previous, GetString(*object, "previous"));
  TRY(crypto::Digest::Parse(record.previous));
  TRY_ASSIGN(const std::string time, GetString(*object, "time"));
  TRY_ASSIGN(record.time, ParseTime(time));
  TRY_ASSIGN(const std::string word, GetString(*object, "action"));
  TRY_ASSIGN(record.action, ParseAction(word));
  switch (record.action) {
    case Action::kBegin:
      TRY(RefuseUnknownMembers(*object, {"seq", "previous", "time", "action"}));
      break;
    case Action::kAdmit: {
      TRY(RefuseUnknownMembers(*object, {"seq", "previous", "time", "action", "model"}));
      TRY_ASSIGN(const json::object* model, GetObject(*object, "model"));
      TRY_ASSIGN(record.model, ModelFromJson(*model));
      break;
    }
    case Action::kWithdraw: {
      TRY(RefuseUnknownMembers(*object, {"seq", "previous", "time", "action", "name", "reason"}));
      TRY_ASSIGN(record.name, GetString(*object, "name", kMaxNameBytes));
      TRY_ASSIGN(record.reason, GetString(*object, "reason", kMaxReasonBytes));
      break;
    }
    case Action::kRemove: {
      TRY(RefuseUnknownMembers(*object, {"seq", "previous", "time", "action", "name"}));
      TRY_ASSIGN(record.name, GetString(*object, "name", kMaxNameBytes));
      break;
    }
  }
  return record;
}

}  // namespace

Result<std::string> SignRecord(const ManifestRecord& record, const crypto::Ed25519KeyPair& key) {
  json::object payload = {
      {"seq", record.seq}, {"previous", record.previous}, {"time", FormatTime(record.time)}};
  for (const auto& [action, name] : kActions) {
    if (action == record.action) payload["action"] = json::string_view(name.data(), name.size());
  }
  if (record.action == Action::kAdmit) payload["model"] = ModelToJson(record.model.value());
  if (record.action == Action::kWithdraw || record.action == Action::kRemove) {
    payload["name"] = record.name;
  }
  if (record.action == Action::kWithdraw) payload["reason"] = record.reason;
  const std::string text = json::serialize(payload);
  if (text.size() > crypto::kMaxDssePayloadBytes) {
    return Fail(ErrorCode::kInvalidArgument, "the admission record is too large");
  }
  return crypto::SignDsse(key, kPayloadType, text);
}

Result<ManifestRecord> OpenRecord(std::string_view line, const crypto::Ed25519PublicKey& key) {
  TRY_ASSIGN(const std::string payload, crypto::OpenDsse(line, key, kPayloadType));
  Result<ManifestRecord> record = ParsePayload(payload);
  if (!record.has_value()) return Fail(ErrorCode::kCorrupt, record.error().message);
  return record;
}

}  // namespace secai::registry

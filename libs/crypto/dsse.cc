#include "crypto/dsse.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_fields.h"
#include "base/strict_json.h"

namespace secai::crypto {
namespace {

namespace json = boost::json;

struct Parts {
  std::string type;
  std::string payload;
  std::vector<std::uint8_t> signature;
};

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<Parts> Split(std::string_view envelope) {
  JsonLimits limits;
  limits.max_bytes = kMaxDssePayloadBytes * 4 / 3 + 4096;
  limits.max_string_bytes = limits.max_bytes;
  limits.max_depth = 4;
  limits.max_elements = 16;
  TRY_ASSIGN(const json::value value, ParseStrictJson(envelope, limits));
  TRY_ASSIGN(const json::object* object, AsObject(value, "the envelope"));
  TRY(RefuseUnknownMembers(*object, {"payload", "payloadType", "signatures"}));
  Parts parts;
  TRY_ASSIGN(parts.type, GetString(*object, "payloadType"));
  TRY_ASSIGN(const std::string payload, GetString(*object, "payload"));
  TRY_ASSIGN(const auto bytes, FromBase64(payload));
  parts.payload.assign(bytes.begin(), bytes.end());
  TRY_ASSIGN(const json::array* signatures, GetArray(*object, "signatures"));
  if (signatures->size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "signatures: exactly one is needed");
  }
  TRY_ASSIGN(const json::object* signature, AsObject(signatures->front(), "signatures[0]"));
  TRY(RefuseUnknownMembers(*signature, {"keyid", "sig"}));
  TRY(GetString(*signature, "keyid"));  // A hint, not authenticated: never used to choose a key.
  TRY_ASSIGN(const std::string text, GetString(*signature, "sig"));
  TRY_ASSIGN(parts.signature, FromBase64(text));
  return parts;
}

}  // namespace

std::string DssePae(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

std::string SignDsse(const Ed25519KeyPair& key, std::string_view payload_type,
                     std::string_view payload) {
  const Ed25519Signature signature = key.Sign(DssePae(payload_type, payload));
  json::object envelope;
  envelope["payload"] = ToBase64(AsBytes(payload));
  envelope["payloadType"] = json::string_view(payload_type.data(), payload_type.size());
  envelope["signatures"] =
      json::array{json::object{{"keyid", key.key_id()}, {"sig", ToBase64(signature)}}};
  return json::serialize(envelope);
}

Result<std::string> OpenDsse(std::string_view envelope, const Ed25519PublicKey& key,
                             std::string_view payload_type) {
  Result<Parts> parts = Split(envelope);
  if (!parts.has_value()) {
    return Fail(ErrorCode::kCorrupt, "not a signed envelope: " + parts.error().message);
  }
  if (!VerifyEd25519(key, DssePae(parts->type, parts->payload), parts->signature)) {
    return Fail(ErrorCode::kCorrupt, "the signature is not ours");
  }
  if (parts->type != payload_type) {
    return Fail(ErrorCode::kCorrupt, "the envelope holds another kind of payload");
  }
  return std::move(parts->payload);
}

}  // namespace secai::crypto

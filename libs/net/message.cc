#include "net/message.h"

#include <array>
#include <limits>
#include <utility>

#include <boost/json/serialize.hpp>

#include "base/strict_json.h"

namespace secai::net {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxMethodBytes = 64;
constexpr std::array<std::string_view, 6> kKindNames = {"hello", "call",  "item",
                                                        "reply", "error", "cancel"};

Result<Envelope::Kind> ParseKind(const json::object& object) {
  const json::value* kind = object.if_contains("kind");
  if (kind != nullptr && kind->is_string()) {
    for (std::size_t i = 0; i < kKindNames.size(); ++i) {
      if (kind->get_string() == kKindNames[i]) return static_cast<Envelope::Kind>(i);
    }
  }
  return Fail(ErrorCode::kInvalidArgument, "envelope without a known kind");
}

Result<std::uint64_t> ParseNumber(const json::value& value, std::uint64_t max,
                                  std::string_view name) {
  if (value.is_int64() && value.get_int64() >= 0 &&
      static_cast<std::uint64_t>(value.get_int64()) <= max) {
    return static_cast<std::uint64_t>(value.get_int64());
  }
  return Fail(ErrorCode::kInvalidArgument, "envelope member out of range: " + std::string(name));
}

bool HasBody(Envelope::Kind kind) {
  return kind == Envelope::Kind::kCall || kind == Envelope::Kind::kItem ||
         kind == Envelope::Kind::kReply;
}

// Moves one member of `object` into `envelope`; refuses a member that this kind does not have.
Result<> TakeMember(const json::key_value_pair& member, Envelope* envelope, json::value* body) {
  const std::string_view key = member.key();
  const json::value& value = member.value();
  const Envelope::Kind kind = envelope->kind;
  if (key == "kind") return Ok();
  if (key == "id" && kind != Envelope::Kind::kHello) {
    constexpr auto kMaxId = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    TRY_ASSIGN(envelope->id, ParseNumber(value, kMaxId, key));
    return Ok();
  }
  if (key == "version" && kind == Envelope::Kind::kHello) {
    TRY(ParseNumber(value, kProtocolVersion, key));
    return Ok();
  }
  if (key == "method" && kind == Envelope::Kind::kCall && value.is_string() &&
      !value.get_string().empty() && value.get_string().size() <= kMaxMethodBytes) {
    envelope->method = std::string_view(value.get_string());
    return Ok();
  }
  if (key == "fds" && HasBody(kind)) {
    TRY_ASSIGN(envelope->fd_count, ParseNumber(value, kMaxMessageFds, key));
    return Ok();
  }
  if (key == "body" && HasBody(kind) && value.is_object()) {
    *body = value;
    return Ok();
  }
  if (key == "code" && kind == Envelope::Kind::kError) {
    TRY_ASSIGN(const std::uint64_t code,
               ParseNumber(value, static_cast<std::uint64_t>(ErrorCode::kInternal), key));
    if (code == 0) return Fail(ErrorCode::kInvalidArgument, "envelope member out of range: code");
    envelope->error.code = static_cast<ErrorCode>(code);
    return Ok();
  }
  if (key == "message" && kind == Envelope::Kind::kError && value.is_string()) {
    envelope->error.message = std::string_view(value.get_string());
    return Ok();
  }
  return Fail(ErrorCode::kInvalidArgument, "envelope member not allowed here");
}

}  // namespace

std::string EncodeEnvelope(const Envelope& envelope) {
  std::string text = R"({"kind":")";
  text += kKindNames.at(static_cast<std::size_t>(envelope.kind));
  text += '"';
  if (envelope.kind == Envelope::Kind::kHello) {
    text += ",\"version\":" + std::to_string(kProtocolVersion);
  } else {
    text += ",\"id\":" + std::to_string(envelope.id);
  }
  if (envelope.kind == Envelope::Kind::kCall) {
    text += ",\"method\":" + json::serialize(json::string(envelope.method));
  }
  if (HasBody(envelope.kind)) {
    if (!envelope.message.fds.empty()) {
      text += ",\"fds\":" + std::to_string(envelope.message.fds.size());
    }
    text += ",\"body\":" + json::serialize(envelope.message.body);
  }
  if (envelope.kind == Envelope::Kind::kError) {
    text += ",\"code\":" + std::to_string(static_cast<int>(envelope.error.code));
    text += ",\"message\":" + json::serialize(json::string(envelope.error.message));
  }
  text += '}';
  return text;
}

Result<Envelope> DecodeEnvelope(std::string_view text) {
  // The frame is bounded already; a body may use all of it.
  const JsonLimits limits{.max_bytes = text.size(),
                          .max_depth = 72,  // A tool schema may be 64 deep (quarantine rule T-4).
                          .max_string_bytes = text.size(),
                          .max_elements = 1'000'000};
  TRY_ASSIGN(json::value document, ParseStrictJson(text, limits));
  if (!document.is_object()) return Fail(ErrorCode::kInvalidArgument, "envelope is not an object");
  json::object& object = document.get_object();
  Envelope envelope;
  TRY_ASSIGN(envelope.kind, ParseKind(object));
  std::size_t expected = 2;  // kind and id, or kind and version.
  if (envelope.kind == Envelope::Kind::kCall) expected = 4;
  if (envelope.kind == Envelope::Kind::kItem || envelope.kind == Envelope::Kind::kReply)
    expected = 3;
  if (envelope.kind == Envelope::Kind::kError) expected = 4;
  if (object.size() - object.count("fds") != expected) {
    return Fail(ErrorCode::kInvalidArgument, "envelope with missing members");
  }
  json::value body;
  if (json::value* held = object.if_contains("body"); held != nullptr && held->is_object()) {
    envelope.message.body = std::move(held->get_object());
    held->emplace_object();
  }
  for (const auto& member : object) TRY(TakeMember(member, &envelope, &body));
  return envelope;
}

}  // namespace secai::net

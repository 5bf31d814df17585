#include "gateway/openai_fields.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "base/utf8.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;

auto Bad(std::string_view member, std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument, std::string(member) + ": " + std::string(reason));
}

// Copies a number within [min, max] under `to`.
Result<> CopyNumber(const json::object& body, std::string_view name, double min, double max,
                    json::object* generate) {
  TRY_ASSIGN(const auto number, GetOptionalDouble(body, name, min, max));
  if (number.has_value()) (*generate)[name] = *number;
  return Ok();
}

Result<> ReadStop(const json::object& body, json::object* generate) {
  const json::value* stop = body.if_contains("stop");
  if (stop == nullptr || stop->is_null()) return Ok();
  json::array stops;
  if (stop->is_string()) {
    stops.push_back(*stop);
  } else if (stop->is_array()) {
    stops = stop->get_array();
  } else {
    return Bad("stop", "a string or a list of strings is needed");
  }
  for (const json::value& text : stops) {
    if (!text.is_string() || text.get_string().empty()) {
      return Bad("stop", "each must be a string that is not empty");
    }
  }
  if (!stops.empty()) (*generate)["stop"] = std::move(stops);
  return Ok();
}

Result<> ReadLogitBias(const json::object& body, json::object* generate) {
  TRY_ASSIGN(const json::object* biases, GetOptionalObject(body, "logit_bias"));
  if (biases == nullptr || biases->empty()) return Ok();
  json::array pairs;
  for (const auto& member : *biases) {
    const std::string_view key = member.key();
    std::int32_t token = 0;
    const auto parsed = std::from_chars(key.data(), key.data() + key.size(), token);
    if (parsed.ec != std::errc() || parsed.ptr != key.data() + key.size() || token < 0) {
      return Bad("logit_bias", "each name must be the number of a token");
    }
    const auto bias = GetDouble(*biases, key, -100, 100);
    if (!bias.has_value()) return Bad("logit_bias", "each value must be a number, -100 to 100");
    json::array pair;
    pair.emplace_back(token);
    pair.emplace_back(*bias);
    pairs.push_back(std::move(pair));
  }
  (*generate)["logit_bias"] = std::move(pairs);
  return Ok();
}

Result<> ReadSeed(const json::object& body, json::object* generate) {
  // -1 asks for a random one in llama.cpp's clients, as does leaving it out.
  TRY_ASSIGN(const auto seed,
             GetOptionalInt(body, "seed", -1, std::numeric_limits<std::uint32_t>::max()));
  if (seed.has_value() && *seed >= 0) (*generate)["seed"] = *seed;
  return Ok();
}

Result<> ReadStreamOptions(const json::object& body, OpenAiRequest* request) {
  TRY_ASSIGN(const auto is_stream, GetOptionalBool(body, "stream"));
  request->is_stream = is_stream.value_or(false);
  TRY_ASSIGN(const json::object* options, GetOptionalObject(body, "stream_options"));
  if (options == nullptr) return Ok();
  if (!request->is_stream) return Bad("stream_options", "only with stream: true");
  if (!RefuseUnknownMembers(*options, {"include_usage", "include_obfuscation"}).has_value()) {
    return Bad("stream_options", "unknown member");
  }
  const auto usage = GetOptionalBool(*options, "include_usage");
  const auto obfuscation = GetOptionalBool(*options, "include_obfuscation");
  if (!usage.has_value() || !obfuscation.has_value()) {
    return Bad("stream_options", "true or false is needed");
  }
  request->includes_usage = usage->value_or(false);
  return Ok();
}

bool IsNothing(const json::value& value) {
  if (value.is_null()) return true;
  if (const bool* flag = value.if_bool()) return !*flag;
  if (const auto* list = value.if_array()) return list->empty();
  if (value.is_number()) return value.to_number<double>() == 0;
  return false;
}

}  // namespace

Result<> RefuseGiven(const json::object& body, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const json::value* value = body.if_contains(name);
    if (value != nullptr && !IsNothing(*value)) return Bad(name, "not supported here");
  }
  return Ok();
}

Result<> ReadSharedFields(const json::object& body, OpenAiRequest* request) {
  TRY_ASSIGN(request->model, GetString(body, "model", 256));
  if (request->model.empty()) return Bad("model", "the name of a model is needed");
  TRY(ReadStreamOptions(body, request));
  TRY_ASSIGN(const auto count, GetOptionalInt(body, "n", 1, 1));
  static_cast<void>(count);  // Only 1 is in range.
  json::object* generate = &request->generate;
  TRY(CopyNumber(body, "temperature", 0, 2, generate));
  TRY(CopyNumber(body, "top_p", 0, 1, generate));
  TRY(CopyNumber(body, "min_p", 0, 1, generate));
  TRY(CopyNumber(body, "presence_penalty", -2, 2, generate));
  TRY(CopyNumber(body, "frequency_penalty", -2, 2, generate));
  TRY_ASSIGN(const auto top_k,
             GetOptionalInt(body, "top_k", 0, std::numeric_limits<std::int32_t>::max()));
  if (top_k.has_value()) (*generate)["top_k"] = *top_k;
  constexpr std::int64_t kMaxTokens = std::numeric_limits<std::int32_t>::max();
  TRY_ASSIGN(const auto older_max, GetOptionalInt(body, "max_tokens", 1, kMaxTokens));
  TRY_ASSIGN(const auto newer_max, GetOptionalInt(body, "max_completion_tokens", 1, kMaxTokens));
  if (newer_max.has_value() || older_max.has_value()) {
    (*generate)["max_tokens"] = newer_max.has_value() ? *newer_max : *older_max;
  }
  TRY(ReadSeed(body, generate));
  TRY(ReadStop(body, generate));
  TRY(ReadLogitBias(body, generate));
  return Ok();
}

}  // namespace secai::gateway

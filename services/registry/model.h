#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace secai::registry {

inline constexpr std::size_t kMaxNameBytes = 200;

// An admitted model as the manifest holds it. Plain value.
struct Model {
  std::string name = {};  // Unique among the models; see IsModelName().
  crypto::Digest sha256;
  std::uint64_t size = 0;   // Bytes of the file.
  std::string format = {};  // "gguf" or "safetensors".
  std::string source = {};  // "local" or an URL.
  Clock::TimePoint promoted_at = {};
  int trust_level = 4;                 // 1 (signed) to 4 (recorded).
  bool is_runnable = false;            // Whether the engine knows the format.
  boost::json::object facts = {};      // architecture?, parameters?, quantization?, context_length?
  std::string fingerprint = {};        // Of the scan; may be empty.
  std::string manifest = {};           // Likewise.
  boost::json::object admission = {};  // The whole record of the quarantine.
};

enum class WithAdmission : bool { kNo, kYes };

// The Entry of docs/links.md. `status` is "admitted" or "withdrawn".
boost::json::object EntryOf(const Model& model, std::string_view status, WithAdmission with);

// The request of `registry.admit`, whose `name` is not yet unique; `now` becomes promoted_at.
// Errors: kInvalidArgument naming the member. Trust: from another room.
Result<Model> ParseAdmission(const boost::json::object& body, Clock::TimePoint now);

// As the manifest holds it, there and back.
boost::json::object ModelToJson(const Model& model);
Result<Model> ModelFromJson(const boost::json::object& object);

// 1 to kMaxNameBytes bytes of UTF-8 without control and hidden characters, "/" and "\", and no dot
// at the beginning: good for one path part of an URL and for a terminal.
bool IsModelName(std::string_view name);

}  // namespace secai::registry

#include "quarantine/admission.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "base/time_text.h"

namespace secai::quarantine {
namespace {

namespace json = boost::json;

// Of the rules as a whole: raised whenever a rule changes what is admitted.
constexpr std::string_view kRuleSetVersion = "1";

// "Model.Q4_K_M.gguf" becomes "Model.Q4_K_M": quantisations of one model keep names of their own.
std::string ModelName(std::string_view file_name) {
  for (const std::string_view ending : {".gguf", ".safetensors"}) {
    if (file_name.size() > ending.size() && file_name.ends_with(ending)) {
      file_name.remove_suffix(ending.size());
      break;
    }
  }
  return std::string(file_name);
}

json::object Picked(const json::object& from, std::initializer_list<std::string_view> names) {
  json::object picked;
  for (const std::string_view name : names) {
    const json::value* value = from.if_contains(name);
    if (value != nullptr && !value->is_null()) picked[name] = *value;
  }
  return picked;
}

json::value Member(const json::object& from, std::string_view name) {
  const json::value* value = from.if_contains(name);
  return value == nullptr ? json::value("") : *value;
}

}  // namespace

json::object AdmissionRequest(const Claim& claim, const ScanReport& scan, const json::object& smoke,
                              const QuarantineConfig& config) {
  json::object record = {{"rule_set", kRuleSetVersion},
                         {"profile", config.is_strict() ? "strict" : "default"},
                         {"file_name", claim.name},
                         {"sha256", claim.sha256},
                         {"bytes", claim.bytes},
                         {"source", claim.source},
                         {"trust_level", claim.trust_level},
                         {"stages", ClaimToJson(claim).at("stages")},
                         {"smoke_test", smoke}};
  return {{"name", ModelName(claim.name)},
          {"sha256", claim.sha256},
          {"size", claim.bytes},
          {"format", claim.format},
          {"source", claim.source},
          {"trust_level", claim.trust_level},
          {"runnable", claim.format == "gguf"},
          {"facts",
           Picked(scan.facts, {"architecture", "parameters", "quantization", "context_length"})},
          {"fingerprint", Member(scan.facts, "fingerprint")},
          {"manifest", Member(scan.facts, "manifest")},
          {"admission", std::move(record)}};
}

}  // namespace secai::quarantine

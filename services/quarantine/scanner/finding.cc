#include "quarantine/scanner/finding.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/utf8.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr FindingClass kGate = FindingClass::kGate;
constexpr FindingClass kReport = FindingClass::kReport;

constexpr auto kRules = std::to_array<RuleInfo>({
    {"F-1", 2, kGate, "one regular file with one name, not changed while it is read"},
    {"F-2", 2, kGate, "size within the policy's limit"},
    {"F-3", 2, kGate, "judged within the time and memory allowed"},
    {"P-1", 2, kGate, "GGUF or safetensors by content, and the name agrees"},
    {"P-2", 2, kGate, "no data after the last indexed byte"},
    {"P-3", 5, kGate, "no payload in metadata"},
    {"P-4", 5, kGate, "no payload in tensor bytes"},
    {"P-5", 5, kGate, "no encrypted or compressed blob in tensor bytes"},
    {"G-H1", 2, kGate, "magic GGUF"},
    {"G-H2", 2, kGate, "version 2 or 3, little endian"},
    {"G-H3", 2, kGate, "header complete and at most 256 MiB"},
    {"G-H4", 2, kGate, "tensor count 1 to 65,536 and possible in this file"},
    {"G-H5", 2, kGate, "key count 1 to 65,536 and possible in this file"},
    {"G-K1", 2, kGate, "key length 1 to 65,535"},
    {"G-K2", 2, kGate, "key not empty"},
    {"G-K3", 2, kGate, "key of ASCII segments joined by dots"},
    {"G-K4", 2, kGate, "no duplicate key"},
    {"G-K5", 2, kGate, "known value type"},
    {"G-K6", 2, kGate, "known array element type, no nested array"},
    {"G-K7", 2, kGate, "array within the file and the limits"},
    {"G-K8", 2, kGate, "string within the file and the limits"},
    {"G-K9", 2, kGate, "booleans are 0 or 1"},
    {"G-K10", 2, kGate, "strings are UTF-8 without NUL"},
    {"G-A1", 2, kGate, "alignment is a u32"},
    {"G-A2", 2, kGate, "alignment is a power of two"},
    {"G-A3", 2, kGate, "alignment 8 to 65,536"},
    {"G-M1", 2, kGate, "an architecture that the engine knows"},
    {"G-M2", 2, kGate, "tokens are strings"},
    {"G-M3", 2, kGate, "scores are f32, token types i32 or u32"},
    {"G-M4", 2, kGate, "vocabulary arrays agree in length"},
    {"G-M5", 2, kGate, "merges have one separator, special ids are in the vocabulary"},
    {"G-M6", 2, kGate, "block count 1 to 512, per-layer arrays and blocks agree"},
    {"G-M7", 2, kGate, "head, expert and group counts divide and are in range"},
    {"G-M8", 2, kGate, "dimensions are in range"},
    {"G-M9", 2, kGate, "vocabulary size agrees with tokens and embedding"},
    {"G-M10", 2, kGate, "byte tokens are <0xHH>, one per value; token types 0 to 6"},
    {"G-M11", 2, kGate, "hyperparameters are finite and in range"},
    {"G-M12", 2, kGate, "one whole file, not a shard"},
    {"G-M13", 2, kGate, "a base model with its file type"},
    {"G-T0", 2, kGate, "at least one tensor"},
    {"G-T1", 2, kGate, "tensor name 1 to 63 bytes, UTF-8, no control"},
    {"G-T2", 2, kGate, "no duplicate tensor name"},
    {"G-T3", 2, kGate, "1 to 4 dimensions"},
    {"G-T4", 2, kGate, "each dimension 1 to 2^40"},
    {"G-T5", 2, kGate, "at most 2^50 elements"},
    {"G-T6", 2, kGate, "tensor sizes fit in the file"},
    {"G-T7", 2, kGate, "first dimension is a multiple of the block length"},
    {"G-T8", 2, kGate, "a tensor type that models use"},
    {"G-T9", 2, kGate, "offset is a multiple of the alignment"},
    {"G-T10", 2, kGate, "tensor lies within the data section"},
    {"G-T11", 2, kGate, "tensors do not overlap"},
    {"G-T12", 2, kGate, "tensors follow one another without holes"},
    {"G-T13", 2, kGate, "the last tensor ends where the file ends"},
    {"G-T14", 2, kGate, "padding is zero"},
    {"G-T15", 2, kGate, "the architecture's tensors exist with its shapes"},
    {"G-D1", 5, kGate, "no NaN or infinity in float tensors"},
    {"G-D2", 5, kGate, "block scales are finite"},
    {"G-D3", 5, kReport, "statistics of tensors"},
    {"S-H1", 2, kGate, "at least 10 bytes"},
    {"S-H2", 2, kGate, "header of at least 2 bytes"},
    {"S-H3", 2, kGate, "header at most 100,000,000 bytes"},
    {"S-H4", 2, kGate, "header within the file"},
    {"S-J1", 2, kGate, "header is UTF-8 without byte-order mark"},
    {"S-J2", 2, kGate, "header is strict JSON"},
    {"S-J3", 2, kGate, "header starts with an object"},
    {"S-J4", 2, kGate, "only spaces after the object"},
    {"S-J5", 2, kGate, "no duplicate key after unescaping"},
    {"S-J6", 2, kGate, "depth at most 4, at most 250,000 tensors"},
    {"S-J7", 2, kGate, "names of 1 to 1,024 bytes without control or lone surrogate"},
    {"S-M1", 2, kGate, "__metadata__ is a small map of strings"},
    {"S-T0", 2, kGate, "at least one tensor"},
    {"S-T1", 2, kGate, "a tensor is exactly dtype, shape and data_offsets"},
    {"S-T2", 2, kGate, "dimensions are plain integers"},
    {"S-T3", 2, kGate, "tensor size does not overflow"},
    {"S-T4", 2, kGate, "tensor size is a whole number of bytes"},
    {"S-O1", 2, kGate, "two offsets"},
    {"S-O2", 2, kGate, "offsets in order and within the data"},
    {"S-O3", 2, kGate, "offsets agree with dtype and shape"},
    {"S-O4", 2, kGate, "tensors do not overlap"},
    {"S-O5", 2, kGate, "tensors follow one another without holes"},
    {"S-O6", 2, kGate, "the last tensor ends where the file ends"},
    {"S-D1", 5, kGate, "no NaN or infinity, booleans are 0 or 1"},
    {"S-X1", 2, kGate, "one whole file, not a shard"},
    {"W-2", 5, kReport, "identical pages"},
});

const RuleInfo& FindRule(std::string_view id) {
  const auto* const found =
      std::ranges::find_if(kRules, [&](const RuleInfo& rule) { return rule.id == id; });
  if (found == kRules.end()) std::abort();  // A rule that is not in the catalogue is a bug.
  return *found;
}

Finding Make(const RuleInfo& rule, const Findings::Place& place, std::string_view reason) {
  Finding finding;
  finding.stage = rule.stage;
  finding.rule = rule.id;
  finding.severity = rule.severity;
  finding.offset = place.offset;
  finding.tensor = EscapeForDisplay(place.tensor, kMaxNameBytes);
  finding.reason = EscapeForDisplay(reason, kMaxReasonBytes - 3);  // Then perhaps "...".
  return finding;
}

}  // namespace

std::string_view ToString(FindingClass value) {
  switch (value) {
    case FindingClass::kGate:
      return "gate";
    case FindingClass::kReview:
      return "review";
    case FindingClass::kReport:
      return "report";
  }
  return "gate";
}

std::span<const RuleInfo> AllRules() { return kRules; }

std::string Name(std::string_view name) {
  return "\"" + EscapeForDisplay(name, kMaxNameBytes) + "\"";
}

void Findings::Add(std::string_view rule, Place place, std::string_view reason) {
  Keep(Make(FindRule(rule), place, reason));
}

void Findings::AddReview(std::string_view rule, Place place, std::string_view reason) {
  Finding finding = Make(FindRule(rule), place, reason);
  finding.severity = FindingClass::kReview;
  Keep(std::move(finding));
}

void Findings::AddForeign(Finding finding) {
  finding.tensor = EscapeForDisplay(finding.tensor, kMaxNameBytes);
  finding.reason = EscapeForDisplay(finding.reason, kMaxReasonBytes - 3);
  Keep(std::move(finding));
}

void Findings::Keep(Finding finding) {
  const bool is_gate = finding.severity == FindingClass::kGate;
  const bool is_first_gate = is_gate && !has_gate_;
  has_gate_ = has_gate_ || is_gate;
  has_review_ = has_review_ || finding.severity == FindingClass::kReview;
  if (list_.size() < kMaxFindings) {
    list_.push_back(std::move(finding));
    return;
  }
  ++dropped_;
  if (is_first_gate) list_.back() = std::move(finding);
}

}  // namespace secai::quarantine

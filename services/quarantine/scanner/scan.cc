#include "quarantine/scanner/scan.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/utf8.h"
#include "crypto/sha256.h"
#include "quarantine/scanner/artifact_hasher.h"
#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/carve.h"
#include "quarantine/scanner/data_pass.h"
#include "quarantine/scanner/file_kind.h"
#include "quarantine/scanner/gguf_reader.h"
#include "quarantine/scanner/gguf_rules.h"
#include "quarantine/scanner/manifest.h"
#include "quarantine/scanner/metadata_carver.h"
#include "quarantine/scanner/safetensors_reader.h"
#include "quarantine/template/check_template.h"

namespace secai::quarantine {
namespace {

using Result = StageOutcome::Result;

// A refused file of at most this size is read to its end, so that its digest can be told.
constexpr std::uint64_t kSmallFileBytes = std::uint64_t{64} << 20;

// Carves the file as it streams by.
class FileCarver final : public BlockObserver {
 public:
  explicit FileCarver(CarveBudget* budget) : carver_(budget) {}
  void OnBlock(const SharedBlock& block) override { carver_.Push(block->view()); }
  const std::vector<CarveHit>& Finish() {
    carver_.Finish();
    return carver_.hits();
  }

 private:
  Carver carver_;
};

// "model-00002-of-00005.gguf": the number of parts, or 0.
std::uint64_t ShardCount(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot < 15) return 0;
  const std::string_view mark = name.substr(dot - 15, 15);  // -00002-of-00005
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < mark.size(); ++i) {
    constexpr std::string_view kForm = "-00000-of-00000";
    const bool is_digit = mark[i] >= '0' && mark[i] <= '9';
    if (kForm[i] == '0' ? !is_digit : mark[i] != kForm[i]) return 0;
    if (i >= 10) count = count * 10 + static_cast<std::uint64_t>(mark[i] - '0');
  }
  return count;
}

class Scan {
 public:
  Scan(const ByteSource& source, std::string_view name, const ScanPolicy& policy,
       const ScanProgress& progress)
      : source_(source),
        name_(name),
        policy_(policy),
        progress_(progress),
        stream_(&source),
        hasher_(policy.has_threads),
        file_carver_(&budget_) {
    stream_.AddObserver(&hasher_);
    stream_.AddObserver(&file_carver_);
  }

  ArtifactReport Run() {
    report_.bytes = source_.size();
    const bool is_format_good = CheckFormat() && !HasGate(2);
    bool is_read = false;
    if (is_format_good) {
      Tell(2, 1);
      is_read = ReadData();
    } else if (!Has("F-1") && source_.size() <= kSmallFileBytes) {
      is_read = ReadRest();
    }
    if (const auto unchanged = source_.CheckUnchanged(); !unchanged.has_value() && !Has("F-1")) {
      findings_.Add("F-1", {}, unchanged.error().message);
    }
    const auto digests = hasher_.Finish();
    if (is_read && !Has("F-1")) report_.sha256 = digests.file.ToHex();
    if (is_format_good && is_read) {
      JudgeHits();
      MakeFacts(digests);
    }
    Finish(is_format_good && is_read);
    return std::move(report_);
  }

 private:
  void Tell(int stage, double share) const {
    if (progress_) progress_(stage, share);
  }
  bool HasGate(int stage) const {
    return std::ranges::any_of(findings_.list(), [stage](const Finding& finding) {
      return finding.stage == stage && finding.severity == FindingClass::kGate;
    });
  }
  bool Has(std::string_view rule) const {
    return std::ranges::any_of(findings_.list(),
                               [rule](const Finding& finding) { return finding.rule == rule; });
  }

  bool CheckFormat() {
    Tell(2, 0);
    if (source_.size() > policy_.max_bytes) {
      findings_.Add("F-2", {},
                    "the file has " + std::to_string(source_.size()) +
                        " bytes, the policy "
                        "allows " +
                        std::to_string(policy_.max_bytes));
      return false;
    }
    const FileKind kind = IdentifyFile(source_);
    if (!CheckKind(kind, name_, &findings_)) return false;
    const bool is_gguf = kind.format == FileKind::Format::kGguf;
    report_.format = is_gguf ? "gguf" : "safetensors";
    if (is_gguf ? !policy_.allows_gguf : !policy_.allows_safetensors) {
      findings_.Add("P-1", {.offset = 0}, "the policy does not allow " + report_.format + " files");
      return false;
    }
    if (const std::uint64_t parts = ShardCount(name_); parts > 1) {
      findings_.Add(is_gguf ? "G-M12" : "S-X1", {},
                    "this is one part of a model split into " + std::to_string(parts) +
                        " files; split models are not supported yet");
      return false;
    }
    return is_gguf ? CheckGguf() : CheckSafetensors();
  }

  bool CheckGguf() {
    MetadataCarver sink(&budget_, &findings_);
    const bool is_good = ReadGgufHeader(&stream_, &sink, &gguf_, &findings_) &&
                         CheckGgufTensors(source_.size(), &gguf_, &findings_) &&
                         CheckGgufMetadata(gguf_, &findings_) &&
                         CheckGgufArchitecture(gguf_, &findings_);
    if (Has("G-T13")) NameTail();
    if (!is_good) return false;
    CheckTemplates();
    data_offset_ = gguf_.data_offset;
    for (const GgufTensor& tensor : gguf_.tensors) {
      const TensorType& type = *FindTensorType(tensor.type);  // Rule G-T8.
      regions_.push_back({tensor.name,
                          data_offset_ + tensor.offset,
                          tensor.bytes,
                          {type.encoding, type.block_bytes, type.scale_count, type.scale_offsets},
                          type.max_entropy});
    }
    return true;
  }

  // Rules T-*: every string that could become the prompt's program.
  void CheckTemplates() {
    for (const ChatTemplate& one : gguf_.templates) {
      for (const TemplateFinding& found : CheckTemplate(one.text).findings) {
        const bool is_gate = found.severity == TemplateClass::kGate;
        Finding finding;
        finding.stage = 2;
        finding.rule = found.rule;
        finding.severity = is_gate ? FindingClass::kGate : FindingClass::kReview;
        finding.offset = one.offset;
        finding.reason = one.key + " line " + std::to_string(found.line) + ", column " +
                         std::to_string(found.column) + ": " + found.reason;
        findings_.AddForeign(std::move(finding));
      }
    }
  }

  bool CheckSafetensors() {
    MetadataCarver sink(&budget_, &findings_);
    const bool is_good = ReadSafetensorsHeader(&stream_, &sink, &safetensors_, &findings_);
    if (Has("S-O6")) NameTail();
    if (!is_good) return false;
    data_offset_ = safetensors_.data_offset;
    for (const Safetensor& tensor : safetensors_.tensors) {
      const std::uint32_t element_bits =
          tensor.type->encoding == Encoding::kF32 ? 32 : tensor.type->bits;
      regions_.push_back({tensor.name,
                          data_offset_ + tensor.begin,
                          tensor.end - tensor.begin,
                          {tensor.type->encoding, std::max(element_bits / 8, 1U), 0, {}},
                          tensor.type->max_entropy});
    }
    return true;
  }

  // Rule P-2: what was appended, when it can be named.
  void NameTail() {
    const auto offset = findings_.list().back().offset.value_or(source_.size());
    std::vector<std::uint8_t> tail(static_cast<std::size_t>(
        std::min<std::uint64_t>(source_.size() - offset, std::uint64_t{1} << 20)));
    if (tail.empty() || !source_.ReadAt(offset, tail).has_value()) return;
    const FileKind kind = IdentifyFile(MemorySource(std::move(tail)));
    if (kind.can_run_code)
      findings_.Add("P-2", {.offset = offset}, kind.description + " was appended");
  }

  bool ReadData() {
    const bool is_safetensors = report_.format == "safetensors";
    DataPassOptions options;
    if (is_safetensors) options.broken_rule = options.broken_block_rule = "S-D1";
    options.entropy_shift = policy_.entropy_threshold - ScanPolicy().entropy_threshold;
    options.progress = [this](double share) {
      Tell(3, share);
      Tell(5, share);
    };
    return RunDataPass(&stream_, regions_, options, &hasher_, &findings_);
  }

  bool ReadRest() {
    while (stream_.remaining() > 0) {
      const auto piece = stream_.Take(stream_.remaining());
      if (piece.has_value()) continue;
      findings_.Add("F-1", {.offset = stream_.position()}, piece.error().message);
      return false;
    }
    return true;
  }

  // Rules P-3 and P-4 for what was found in the raw bytes.
  void JudgeHits() {
    const auto& hits = file_carver_.Finish();
    for (const CarveHit& hit : hits) {
      if (hit.offset < data_offset_) {
        // Words in the header are the metadata carver's: it knows which of them are tokens.
        if (hit.is_text) continue;
        findings_.Add("P-3", {.offset = hit.offset}, "the header hides " + DescribeHit(hit));
        continue;
      }
      const DataRegion* region = FindRegion(regions_, hit.offset);
      findings_.Add("P-4", {.offset = hit.offset, .tensor = region == nullptr ? "" : region->name},
                    "tensor bytes hide " + DescribeHit(hit));
    }
    if (budget_.is_spent() || hits.size() >= kMaxCarveHits) {
      findings_.Add("P-4", {}, "too many places that look like hidden files to judge them all");
    }
  }

  void MakeFacts(const ArtifactHasher::Digests& digests) {
    ArtifactFacts& facts = report_.facts;
    if (report_.format == "gguf") {
      GgufFacts(&facts);
    } else {
      SafetensorsFacts(&facts);
    }
    facts.tensors = regions_.size();
    std::vector<ManifestEntry> entries;
    for (std::size_t i = 0; i < digests.regions.size(); ++i) {
      entries.push_back({regions_[i].name, digests.regions[i]});
    }
    facts.manifest = MakeManifest(entries);
  }

  void GgufFacts(ArtifactFacts* facts) const {
    facts->architecture = gguf_.FindString("general.architecture").value_or("");
    facts->name = EscapeForDisplay(gguf_.FindString("general.name").value_or(""), 128);
    facts->context_length = gguf_.FindU32(facts->architecture + ".context_length");
    if (const auto type = gguf_.FindU32("general.file_type"); type.has_value()) {
      facts->quantization = FileTypeName(*type);
    }
    crypto::Sha256 structure;
    const std::string prefix = facts->architecture + ".";
    for (const GgufValue& value : gguf_.values) {
      if (!value.key.starts_with(prefix)) continue;
      std::string line = value.key + "=";
      if (const auto* number = std::get_if<std::uint64_t>(&value.value)) {
        line += std::to_string(*number);
      } else if (const auto* real = std::get_if<double>(&value.value)) {
        line += std::to_string(*real);
      } else if (const auto* flag = std::get_if<bool>(&value.value)) {
        line += *flag ? "true" : "false";
      } else if (const auto* elements = std::get_if<std::vector<double>>(&value.value)) {
        for (const double element : *elements) line += std::to_string(element) + ",";
      }
      structure.Update(line + "\n");
    }
    for (const GgufTensor& tensor : gguf_.tensors) {
      std::uint64_t elements = 1;
      std::string line = tensor.name + " " + std::to_string(tensor.type) + " ";
      for (const std::uint64_t dimension : tensor.dimensions) {
        elements *= dimension;
        line += std::to_string(dimension) + ",";
      }
      facts->parameters += elements;
      structure.Update(line + "\n");
    }
    facts->fingerprint = structure.Finish().ToHex();
    facts->has_template = !gguf_.templates.empty();
    for (const ChatTemplate& one : gguf_.templates) {
      const bool is_main = one.key == "tokenizer.chat_template";
      if (is_main && one.text.size() <= kMaxKeptStringBytes) facts->chat_template = one.text;
    }
  }

  void SafetensorsFacts(ArtifactFacts* facts) const {
    std::map<std::string_view, std::uint64_t> bytes_by_type;
    for (const Safetensor& tensor : safetensors_.tensors) {
      facts->parameters += tensor.elements;
      bytes_by_type[tensor.type->name] += tensor.end - tensor.begin;
    }
    const auto most =
        std::ranges::max_element(bytes_by_type, {}, [](const auto& entry) { return entry.second; });
    if (most != bytes_by_type.end()) facts->quantization = most->first;
    facts->fingerprint = crypto::Sha256::Of(std::string_view(safetensors_.shapes)).ToHex();
  }

  void Finish(bool is_complete) {
    AddStage(2, true,
             report_.format == "gguf"
                 ? "GGUF version " + std::to_string(gguf_.version) + ", " +
                       report_.facts.architecture + ", " + std::to_string(regions_.size()) +
                       " tensors, every byte accounted for"
                 : "safetensors, " + std::to_string(regions_.size()) +
                       " tensors, every byte accounted for");
    AddStage(3, !report_.sha256.empty(), "SHA-256 " + report_.sha256);
    AddStage(
        5, is_complete,
        "no hidden file and no encrypted data in " + std::to_string(source_.size()) + " bytes");
    if (is_complete) {
      report_.stages.push_back({7, Result::kSkip, "not applicable: not a diffusion model"});
    }
    report_.findings = findings_.list();
    report_.dropped_findings = findings_.dropped();
    report_.verdict = findings_.has_gate() || !is_complete ? Verdict::kRefuse
                      : findings_.has_review()             ? Verdict::kReview
                                                           : Verdict::kPass;
  }

  void AddStage(int number, bool is_done, std::string detail) {
    for (const Finding& finding : findings_.list()) {
      if (finding.stage != number || finding.severity != FindingClass::kGate) continue;
      report_.stages.push_back({number, Result::kFail, finding.rule + ": " + finding.reason});
      return;
    }
    if (is_done) report_.stages.push_back({number, Result::kPass, std::move(detail)});
  }

  const ByteSource& source_;
  std::string_view name_;
  const ScanPolicy& policy_;
  const ScanProgress& progress_;
  CarveBudget budget_;
  Findings findings_;
  ByteStream stream_;
  ArtifactHasher hasher_;
  FileCarver file_carver_;
  ArtifactReport report_;
  GgufHeader gguf_;
  SafetensorsHeader safetensors_;
  std::vector<DataRegion> regions_;
  std::uint64_t data_offset_ = 0;
};

}  // namespace

ArtifactReport ScanArtifact(const ByteSource& source, std::string_view name,
                            const ScanPolicy& policy, const ScanProgress& progress) {
  return Scan(source, name, policy, progress).Run();
}

}  // namespace secai::quarantine

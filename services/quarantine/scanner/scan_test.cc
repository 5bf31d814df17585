#include "quarantine/scanner/scan.h"

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "crypto/sha256.h"
#include "quarantine/scanner/scan_json.h"
#include "quarantine/scanner/testing/gguf_builder.h"
#include "quarantine/scanner/testing/safetensors_builder.h"

namespace secai::quarantine {
namespace {

using testing::Bytes;
using testing::GgufBuilder;
using testing::TinyLlama;

ArtifactReport Scan(const Bytes& file, std::string_view name = "model.gguf",
                    const ScanPolicy& policy = {}) {
  return ScanArtifact(MemorySource(file), name, policy);
}

// "pass", "review", or the first rule that refuses.
std::string VerdictOf(const ArtifactReport& report) {
  if (report.verdict == Verdict::kPass) return "pass";
  for (const Finding& finding : report.findings) {
    if (finding.severity == FindingClass::kGate) return finding.rule;
  }
  return "review";
}

// A tiny llama with one more tensor that holds `bytes` (as I8), at least 200 KiB.
GgufBuilder WithTensor(Bytes bytes, std::size_t offset = 0) {
  Bytes data(200 << 10, 3);
  data.resize(std::max(data.size(), offset + bytes.size()), 3);
  std::copy(bytes.begin(), bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(offset));
  GgufBuilder builder = TinyLlama();
  const std::uint64_t size = data.size();
  builder.tensors.push_back({"rope_freqs.weight", {size}, 24, std::move(data)});
  return builder;
}

Bytes RandomBytes(std::size_t size) {
  std::mt19937_64 random(3);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

TEST(ScanTest, HonestGgufPassesAllStages) {
  const Bytes file = TinyLlama().Build();
  const ArtifactReport report = Scan(file);
  EXPECT_EQ(VerdictOf(report), "pass");
  EXPECT_EQ(report.format, "gguf");
  EXPECT_EQ(report.sha256, crypto::Sha256::Of(file).ToHex());
  ASSERT_EQ(report.stages.size(), 4U);
  EXPECT_EQ(report.stages[0].result, StageOutcome::Result::kPass);
  EXPECT_EQ(report.stages[3].result, StageOutcome::Result::kSkip);
  EXPECT_EQ(report.facts.architecture, "llama");
  EXPECT_EQ(report.facts.quantization, "F32");
  EXPECT_EQ(report.facts.context_length, 128U);
  EXPECT_EQ(report.facts.tensors, 11U);
  EXPECT_TRUE(report.facts.has_template);
  EXPECT_EQ(report.facts.chat_template, "{{ messages[0]['content'] }}");
}

TEST(ScanTest, HonestSafetensorsPasses) {
  const ArtifactReport report =
      Scan(testing::MakeSafetensors(testing::TinyHeader(), 32), "model.safetensors");
  EXPECT_EQ(VerdictOf(report), "pass");
  EXPECT_EQ(report.format, "safetensors");
  EXPECT_EQ(report.facts.parameters, 8U);
  EXPECT_FALSE(report.facts.has_template);
}

TEST(ScanTest, OneThreadAndTwoSayTheSame) {
  const Bytes file = WithTensor(Bytes(3 << 20, 1)).Build();
  const ArtifactReport two = Scan(file);
  const ArtifactReport one = Scan(file, "model.gguf", {.has_threads = false});
  EXPECT_EQ(one.sha256, two.sha256);
  EXPECT_EQ(one.facts.manifest, two.facts.manifest);
  EXPECT_EQ(one.sha256, crypto::Sha256::Of(file).ToHex());
}

TEST(ScanTest, FingerprintIsOfStructureAndManifestOfBytes) {
  const ArtifactReport first = Scan(TinyLlama().Build());
  GgufBuilder trained = TinyLlama();
  trained.tensors[0].data[0] ^= 1;
  const ArtifactReport second = Scan(trained.Build());
  EXPECT_EQ(first.facts.fingerprint, second.facts.fingerprint);
  EXPECT_NE(first.facts.manifest, second.facts.manifest);
  GgufBuilder other = TinyLlama();
  other.SetU32("llama.context_length", 256);
  EXPECT_NE(first.facts.fingerprint, Scan(other.Build()).facts.fingerprint);
}

TEST(ScanTest, FindsARandomBlobAnywhere) {
  const Bytes blob = RandomBytes(64 << 10);
  for (std::size_t offset = 0; offset < 130'000; offset += 12'345) {
    const ArtifactReport report = Scan(WithTensor(blob, offset).Build());
    EXPECT_EQ(VerdictOf(report), "P-5") << offset;
    EXPECT_EQ(report.findings[0].tensor, "rope_freqs.weight");
  }
}

TEST(ScanTest, EntropyThresholdMovesTheLimits) {
  const Bytes file = WithTensor(RandomBytes(64 << 10)).Build();
  EXPECT_EQ(VerdictOf(Scan(file, "model.gguf", {.entropy_threshold = 7.6})), "pass");
  EXPECT_EQ(VerdictOf(Scan(file, "model.gguf", {.entropy_threshold = 7.5})), "P-5");
}

TEST(ScanTest, FindsPayloadsInTensorsAndMetadata) {
  const Bytes pickle = testing::FromHexText(testing::kEvilPickles[4]);
  const Bytes zip = testing::MakeZip("a.sh", testing::FromText("id"));
  ArtifactReport report = Scan(WithTensor(pickle, 70'001).Build());
  EXPECT_EQ(VerdictOf(report), "P-4");
  EXPECT_EQ(report.findings[0].reason,
            "tensor bytes hide a pickle (it imports posix.system, which starts programs)");
  EXPECT_EQ(VerdictOf(Scan(WithTensor(zip, 131).Build())), "P-4");

  const auto with_value = [](std::uint32_t type, Bytes payload) {
    GgufBuilder builder = TinyLlama();
    builder.Set("general.extra", type, std::move(payload));
    return VerdictOf(Scan(builder.Build()));
  };
  EXPECT_EQ(with_value(8, GgufBuilder::Text("#!/bin/sh\nid\n")), "P-3");
  EXPECT_EQ(with_value(9, GgufBuilder::Array(0, zip.size(), zip)), "P-3");
  EXPECT_EQ(with_value(9, GgufBuilder::Texts({"#!/bin", "/sh\nid\n"})), "P-3");  // Joined.
  EXPECT_EQ(with_value(8, GgufBuilder::Text("a model of good manners")), "pass");
}

TEST(ScanTest, ScriptsAmongTokensAreWords) {
  GgufBuilder builder = TinyLlama();
  std::vector<std::string> tokens(261, "t");
  tokens[5] = "#!/bin/sh\n";
  builder.Set("tokenizer.ggml.tokens", 9, GgufBuilder::Texts(tokens));
  builder.Set("tokenizer.ggml.token_type", 9,
              GgufBuilder::Numbers(5, std::vector<std::uint64_t>(261, 1)));
  EXPECT_EQ(VerdictOf(Scan(builder.Build())), "pass");
}

TEST(ScanTest, FindsPoisonedNumbers) {
  GgufBuilder builder = TinyLlama();
  Bytes& data = builder.FindTensor("output_norm.weight").data;
  data[7] = 0x7f;
  data[6] = 0xc0;
  ArtifactReport report = Scan(builder.Build());
  EXPECT_EQ(VerdictOf(report), "G-D1");
  EXPECT_EQ(report.findings[0].tensor, "output_norm.weight");

  builder = TinyLlama();
  auto& embedding = builder.FindTensor("token_embd.weight");
  embedding.type = 8;
  embedding.data = Bytes(261 * 34);
  embedding.data[100 * 34 + 1] = 0x7c;
  builder.SetU32("general.quantization_version", 2);
  report = Scan(builder.Build());
  EXPECT_EQ(VerdictOf(report), "G-D2");

  Bytes tensors = testing::MakeSafetensors(testing::TinyHeader(), 32);
  tensors.back() = 0x7f;
  tensors[tensors.size() - 2] = 0x80;
  EXPECT_EQ(VerdictOf(Scan(tensors, "a.safetensors")), "S-D1");
  Bytes flags =
      testing::MakeSafetensors(R"({"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}})", 4);
  EXPECT_EQ(VerdictOf(Scan(flags, "a.safetensors")), "pass");
  flags.back() = 2;
  EXPECT_EQ(VerdictOf(Scan(flags, "a.safetensors")), "S-D1");
}

TEST(ScanTest, NamesWhatWasAppended) {
  GgufBuilder builder = TinyLlama();
  builder.tail =
      testing::MakeZip("archive/data.pkl", testing::FromHexText(testing::kEvilPickles[2]));
  const ArtifactReport report = Scan(builder.Build());
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[0].rule, "G-T13");
  EXPECT_EQ(report.findings[1].rule, "P-2");
  EXPECT_EQ(report.findings[1].reason,
            "a pickle inside a zip (a PyTorch .pt/.bin checkpoint) was appended");
}

TEST(ScanTest, PaddingBetweenTensorsMustBeZero) {
  GgufBuilder builder = TinyLlama();
  builder.tensors.push_back({"rope_freqs.weight", {3}, 24, {1, 2, 3}});
  Bytes file = builder.Build();
  EXPECT_EQ(VerdictOf(Scan(file)), "pass");
  file.back() = 1;
  EXPECT_EQ(VerdictOf(Scan(file)), "G-T14");
}

TEST(ScanTest, TemplatesAreChecked) {
  GgufBuilder builder = TinyLlama();
  builder.SetText("tokenizer.chat_template", "{{ ''.__class__ }}");
  EXPECT_EQ(VerdictOf(Scan(builder.Build())), "T-1");
  builder = TinyLlama();
  builder.SetText("tokenizer.chat_template.tool_use", "{% include 'x' %}");
  EXPECT_EQ(VerdictOf(Scan(builder.Build())), "T-3");
}

TEST(ScanTest, PolicyAndNamesAreObeyed) {
  const Bytes file = TinyLlama().Build();
  EXPECT_EQ(VerdictOf(Scan(file, "model.gguf", {.max_bytes = file.size()})), "pass");
  EXPECT_EQ(VerdictOf(Scan(file, "model.gguf", {.max_bytes = file.size() - 1})), "F-2");
  EXPECT_EQ(VerdictOf(Scan(file, "model.gguf", {.allows_gguf = false})), "P-1");
  EXPECT_EQ(VerdictOf(Scan(file, "model.bin")), "P-1");
  EXPECT_EQ(VerdictOf(Scan(file, "model-00001-of-00001.gguf")), "pass");
  EXPECT_EQ(VerdictOf(Scan(file, "model-00001-of-00002.gguf")), "G-M12");
  EXPECT_EQ(VerdictOf(Scan(testing::MakeSafetensors(testing::TinyHeader(), 32),
                           "model-00002-of-00003.safetensors")),
            "S-X1");
}

// A file that changes under the scanner's hands.
class ChangingSource final : public ByteSource {
 public:
  explicit ChangingSource(Bytes bytes, bool is_shrinking)
      : bytes_(std::move(bytes)), is_shrinking_(is_shrinking) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<> ReadAt(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    if (is_shrinking_ && into.size() > 70'000) return Fail(ErrorCode::kCorrupt, "shorter");
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return Ok();
  }
  Result<> CheckUnchanged() const override { return Fail(ErrorCode::kCorrupt, "modified"); }

 private:
  Bytes bytes_;
  bool is_shrinking_;
};

TEST(ScanTest, AFileThatChangesIsRefused) {
  const Bytes file = WithTensor({}).Build();
  for (const bool is_shrinking : {false, true}) {
    const ArtifactReport report =
        ScanArtifact(ChangingSource(file, is_shrinking), "model.gguf", {});
    EXPECT_EQ(VerdictOf(report), "F-1");
    EXPECT_EQ(report.sha256, "");
  }
}

TEST(ScanTest, ReportNeverContradictsItself) {
  GgufBuilder builder = WithTensor(RandomBytes(64 << 10));
  builder.SetText("general.extra", "#!/bin/sh\nid\n");
  builder.tail = Bytes(100, 1);
  const ArtifactReport report = Scan(builder.Build());
  for (const Finding& finding : report.findings) {
    const auto stage = std::ranges::find(report.stages, finding.stage, &StageOutcome::number);
    ASSERT_NE(stage, report.stages.end()) << finding.rule;
    EXPECT_EQ(stage->result, StageOutcome::Result::kFail) << finding.rule;
  }
  EXPECT_EQ(report.verdict, Verdict::kRefuse);
}

TEST(ScanTest, ThousandMutationsNeverCrashAndNeverPassWithAnotherStructure) {
  const Bytes file = TinyLlama().Build();
  const std::string fingerprint = Scan(file).facts.fingerprint;
  const auto header_bytes = file.size() - 62'000;  // About: metadata and tensor infos.
  std::mt19937_64 random(20261124);
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    Bytes mutant = file;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes; ++i) {
      const std::size_t at = random() % (random() % 4 == 0 ? file.size() : header_bytes);
      switch (random() % 4) {
        case 0:
          mutant[at % mutant.size()] = static_cast<std::uint8_t>(random());
          break;
        case 1:
          mutant[at % mutant.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
          break;
        case 2:
          mutant.resize(std::max<std::size_t>(at, 1));
          break;
        default:
          mutant.insert(mutant.begin() + static_cast<std::ptrdiff_t>(at % mutant.size()),
                        static_cast<std::uint8_t>(random()));
      }
    }
    const ArtifactReport report = Scan(mutant, "model.gguf", {.has_threads = false});
    if (report.verdict == Verdict::kRefuse) {
      ++refused;
      EXPECT_FALSE(report.findings.empty());
    } else if (report.facts.tensors != 11 || report.bytes != file.size()) {
      ADD_FAILURE() << "round " << round << ": another structure passed";
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(ScanJsonTest, PolicyIsReadStrictly) {
  using boost::json::object;
  const auto policy = ScanPolicyFromJson(
      object{{"entropy_threshold", 7.6}, {"allowed_formats", {"gguf"}}, {"max_bytes", 10}});
  ASSERT_OK(policy);
  EXPECT_EQ(policy->entropy_threshold, 7.6);
  EXPECT_TRUE(policy->allows_gguf);
  EXPECT_FALSE(policy->allows_safetensors);
  EXPECT_EQ(policy->max_bytes, 10U);
  EXPECT_OK(ScanPolicyFromJson(object{}));
  EXPECT_FALSE(ScanPolicyFromJson(object{{"allowed_formats", {"pickle"}}}).has_value());
  EXPECT_FALSE(ScanPolicyFromJson(object{{"entropy_threshold", 9}}).has_value());
  EXPECT_FALSE(ScanPolicyFromJson(object{{"skip_stage", 5}}).has_value());
}

TEST(ScanJsonTest, ReportHasTheMembersOfTheContract) {
  const auto report = ReportToJson(Scan(TinyLlama().Build()), 0.5);
  EXPECT_EQ(report.at("verdict"), "pass");
  EXPECT_EQ(report.at("format"), "gguf");
  EXPECT_EQ(report.at("stages").as_array().size(), 4U);
  EXPECT_EQ(report.at("facts").at("has_template"), true);
  const auto refused = ReportToJson(Scan({1, 2, 3}), 0.5);
  EXPECT_EQ(refused.at("verdict"), "refuse");
  EXPECT_FALSE(refused.contains("format"));
  EXPECT_EQ(refused.at("findings").as_array()[0].at("rule"), "P-1");
}

}  // namespace
}  // namespace secai::quarantine

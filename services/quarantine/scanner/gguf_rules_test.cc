// One row a rule, on both sides of its limit: "accepted" is the last good value, "refused" the
// first bad one.

#include "quarantine/scanner/gguf_rules.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quarantine/scanner/gguf_reader.h"
#include "quarantine/scanner/testing/gguf_builder.h"

namespace secai::quarantine {
namespace {

using testing::Bytes;
using testing::GgufBuilder;
using testing::TinyLlama;

Findings Judge(const Bytes& file) {
  const MemorySource source(file);
  ByteStream stream(&source);
  GgufHeader header;
  Findings findings;
  if (ReadGgufHeader(&stream, nullptr, &header, &findings) &&
      CheckGgufTensors(source.size(), &header, &findings) && CheckGgufMetadata(header, &findings)) {
    (void)CheckGgufArchitecture(header, &findings);  // Its findings are what is looked at.
  }
  return findings;
}

std::string Verdict(const Bytes& file) {
  const Findings findings = Judge(file);
  for (const Finding& finding : findings.list()) {
    if (finding.severity == FindingClass::kGate) return finding.rule;
  }
  return findings.has_review() ? "review " + findings.list()[0].rule : "pass";
}

std::string VerdictOf(const std::function<void(GgufBuilder*)>& change) {
  GgufBuilder builder = TinyLlama();
  change(&builder);
  return Verdict(builder.Build());
}

struct Row {
  std::string expected;  // "pass", or the rule that refuses.
  std::string what;
  std::function<void(GgufBuilder*)> change;
};

void ExpectAll(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(VerdictOf(row.change), row.expected) << row.what;
}

TEST(GgufRulesTest, AcceptsAnHonestFile) { EXPECT_EQ(Verdict(TinyLlama().Build()), "pass"); }

TEST(GgufRulesTest, HeaderRules) {
  ExpectAll({
      {"G-H1", "magic", [](auto* b) { b->magic = "GGML"; }},
      {"pass", "version 2", [](auto* b) { b->version = 2; }},
      {"G-H2", "version 1", [](auto* b) { b->version = 1; }},
      {"G-H2", "version 4", [](auto* b) { b->version = 4; }},
      {"G-H2", "swapped", [](auto* b) { b->version = 0x03000000; }},
      {"G-T0", "no tensor", [](auto* b) { b->tensor_count = 0; }},
      {"G-H4", "too many tensors", [](auto* b) { b->tensor_count = 65'537; }},
      {"G-H4", "wrapping tensors", [](auto* b) { b->tensor_count = std::uint64_t{1} << 61; }},
      {"G-H4", "more than bytes allow", [](auto* b) { b->tensor_count = 5000; }},
      {"G-H5", "no key", [](auto* b) { b->value_count = 0; }},
      {"G-H5", "too many keys", [](auto* b) { b->value_count = 65'537; }},
      {"G-H5", "wrapping keys", [](auto* b) { b->value_count = std::uint64_t{1} << 60; }},
  });
  EXPECT_EQ(Verdict(testing::FromText("GGUF\x03")), "G-H3");
  Bytes cut = TinyLlama().Build();
  cut.resize(23);
  EXPECT_EQ(Verdict(cut), "G-H3");
}

TEST(GgufRulesTest, EveryCutOfTheHeaderIsRefused) {
  const Bytes file = TinyLlama().Build();
  for (std::size_t size = 0; size < file.size(); size += size < 200 ? 1 : 499) {
    EXPECT_NE(Verdict(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))),
              "pass")
        << size;
  }
}

TEST(GgufRulesTest, KeyAndValueRules) {
  const auto add = [](std::string key, std::uint32_t type, Bytes payload) {
    return [=](GgufBuilder* b) { b->values.push_back({key, type, payload}); };
  };
  const std::string nul("a\0b", 3);
  ExpectAll({
      {"pass", "longest key", add(std::string(65'535, 'k'), 7, {1})},
      {"G-K1", "long key", add(std::string(65'536, 'k'), 7, {1})},
      {"G-K2", "empty key", add("", 7, {1})},
      {"pass", "odd but plain key", add("a-B_9.c", 7, {1})},
      {"G-K3", "space in key", add("a b", 7, {1})},
      {"G-K3", "NUL in key", add(nul, 7, {1})},
      {"G-K3", "empty segment", add("a..b", 7, {1})},
      {"G-K3", "dot at the end", add("a.", 7, {1})},
      {"G-K4", "duplicate key", add("general.name", 8, GgufBuilder::Text("x"))},
      {"pass", "last type", add("x", 12, Bytes(8))},
      {"G-K5", "unknown type", add("x", 13, Bytes(8))},
      {"G-K6", "nested array", add("x", 9, GgufBuilder::Array(9, 1, Bytes(12)))},
      {"G-K6", "array of unknown type", add("x", 9, GgufBuilder::Array(13, 1, Bytes(12)))},
      {"pass", "array of f64", add("x", 9, GgufBuilder::Array(12, 1, Bytes(8)))},
      {"G-K7", "wrapping array",
       add("x", 9, GgufBuilder::Array(10, std::uint64_t{1} << 62, Bytes(8)))},
      {"G-K7", "long array",
       add("x", 9, GgufBuilder::Array(0, (1 << 24) + 1, Bytes((1 << 24) + 1)))},
      {"pass", "longest array", add("x", 9, GgufBuilder::Array(0, 1 << 24, Bytes(1 << 24)))},
      {"G-K8", "string past the end", add("x", 8, GgufBuilder::Number(1 << 30, 8))},
      {"G-K8", "string that wraps", add("x", 8, GgufBuilder::Number(~std::uint64_t{0}, 8))},
      {"G-K8", "long template",
       [](auto* b) { b->SetText("tokenizer.chat_template", std::string((1 << 20) + 1, 'x')); }},
      {"pass", "long but good template",
       [](auto* b) { b->SetText("tokenizer.chat_template", std::string(1 << 20, 'x')); }},
      {"G-K8", "long token",
       [](auto* b) {
         b->Set("tokenizer.ggml.tokens", 9, GgufBuilder::Texts({std::string((64 << 10) + 1, 'x')}));
       }},
      {"pass", "true", add("x", 7, {1})},
      {"G-K9", "bool of 2", add("x", 7, {2})},
      {"G-K9", "bool of 2 in an array", add("x", 9, GgufBuilder::Array(7, 2, {1, 2}))},
      {"G-K10", "NUL in a string", add("x", 8, GgufBuilder::Text(nul))},
      {"G-K10", "not UTF-8", add("x", 8, GgufBuilder::Text("\xc0\x80"))},
      {"G-K10", "not UTF-8 in an array", add("x", 9, GgufBuilder::Texts({"a", "\xff"}))},
      {"pass", "control in a name", add("x", 8, GgufBuilder::Text("a\x01"))},
      {"G-K10", "control in a template",
       [](auto* b) { b->SetText("tokenizer.chat_template.x", "a\x1b"); }},
      {"pass", "line ends in a template",
       [](auto* b) { b->SetText("tokenizer.chat_template.x", "a\r\n\tb"); }},
  });
}

TEST(GgufRulesTest, AlignmentRules) {
  const auto align = [](std::uint64_t alignment) {
    return [=](GgufBuilder* b) {
      b->alignment = alignment;
      b->SetU32("general.alignment", alignment);
    };
  };
  ExpectAll({
      {"pass", "8", align(8)},
      {"pass", "64", align(64)},
      {"pass", "65,536", align(65'536)},
      {"G-A3", "4", align(4)},
      {"G-A3", "131,072", align(131'072)},
      {"G-A2", "24", align(24)},
      {"G-A2", "0", [](auto* b) { b->SetU32("general.alignment", 0); }},
      {"G-A1", "u64", [](auto* b) { b->Set("general.alignment", 10, GgufBuilder::Number(32, 8)); }},
  });
}

TEST(GgufRulesTest, TensorRules) {
  const auto name = [](std::string text) { return [=](GgufBuilder* b) { b->AddF32(text, {8}); }; };
  const auto shape = [](std::vector<std::uint64_t> dimensions, std::uint32_t type,
                        std::size_t bytes) {
    return [=](GgufBuilder* b) { b->tensors.push_back({"x", dimensions, type, Bytes(bytes)}); };
  };
  const std::uint64_t big = std::uint64_t{1} << 32;
  ExpectAll({
      {"review G-T15", "longest name", name(std::string(63, 'n'))},
      {"G-T1", "long name", name(std::string(64, 'n'))},
      {"G-T1", "empty name", name("")},
      {"G-T1", "control in name", name("a\nb")},
      {"G-T1", "not UTF-8", name("\xff")},
      {"G-T2", "duplicate", name("output_norm.weight")},
      {"G-T3", "no dimension", shape({}, 0, 4)},
      {"review G-T15", "four dimensions", shape({1, 1, 1, 1}, 0, 4)},
      {"G-T3", "five dimensions", shape({1, 1, 1, 1, 1}, 0, 4)},
      {"G-T4", "zero dimension", shape({0}, 0, 0)},
      {"G-T4", "negative dimension", shape({~std::uint64_t{0}}, 0, 4)},
      {"G-T4", "dimension over 2^40", shape({(std::uint64_t{1} << 40) + 1}, 0, 4)},
      {"G-T5", "product that wraps to 0", shape({big, big}, 0, 4)},
      {"G-T5", "product that goes negative", shape({big, big / 2}, 0, 4)},
      {"G-T6", "larger than the file", shape({std::uint64_t{1} << 40, 1024}, 0, 4)},
      {"G-T7", "part of a block", shape({48}, 8, 34)},
      {"G-T8", "removed type 4", shape({32}, 4, 18)},
      {"G-T8", "internal type 9", shape({32}, 9, 36)},
      {"G-T8", "unknown type 43", shape({32}, 43, 36)},
      {"G-T9", "odd offset", [](auto* b) { b->FindTensor("output_norm.weight").offset = 1; }},
      {"G-T10", "offset after the end",
       [](auto* b) { b->tensors.back().offset = std::uint64_t{1} << 40; }},
      {"G-T10", "end after the end", [](auto* b) { b->tensors.back().data.resize(32); }},
      {"G-T11", "overlap", [](auto* b) { b->FindTensor("output_norm.weight").offset = 0; }},
      {"G-T12", "hole", [](auto* b) { b->tensors[0].data.resize(b->tensors[0].data.size() + 32); }},
      {"G-T13", "appended", [](auto* b) { b->tail = Bytes(33); }},
      {"G-T13", "one byte appended", [](auto* b) { b->tail = Bytes(1); }},
      {"pass", "last tensor without padding", [](auto* b) { b->is_last_padded = false; }},
      {"G-T14", "padding", [](auto* b) { b->padding_byte = 1; }},
      {"G-T15", "missing",
       [](auto* b) {
         std::erase_if(b->tensors, [](const auto& t) { return t.name == "blk.0.ffn_norm.weight"; });
       }},
      {"G-T15", "wrong shape",
       [](auto* b) { b->FindTensor("blk.0.ffn_norm.weight").dimensions = {16, 2}; }},
      {"review G-T15", "unknown extra", name("blk.0.trojan.weight")},
  });
}

TEST(GgufRulesTest, TensorsMustBeListedInTheOrderOfTheirData) {
  GgufBuilder builder = TinyLlama();
  GgufBuilder::Tensor& first = builder.FindTensor("output_norm.weight");
  GgufBuilder::Tensor& second = builder.FindTensor("blk.0.attn_norm.weight");
  const std::uint64_t at = builder.tensors[0].data.size();
  ASSERT_EQ(at % 32, 0U);
  first.offset = at + 128;
  second.offset = at;
  EXPECT_EQ(Verdict(builder.Build()), "G-T12");
}

TEST(GgufRulesTest, KindAndHyperparameterRules) {
  const auto u32 = [](std::string key, std::uint64_t value) {
    return [=](GgufBuilder* b) { b->SetU32(key, value); };
  };
  const auto f32 = [](std::string key, float value) {
    return [=](GgufBuilder* b) { b->SetF32(key, value); };
  };
  const auto text = [](std::string key, std::string value) {
    return [=](GgufBuilder* b) { b->SetText(key, value); };
  };
  const float infinity = std::numeric_limits<float>::infinity();
  ExpectAll({
      {"G-M1", "no architecture", [](auto* b) { b->Remove("general.architecture"); }},
      {"G-M1", "unknown", text("general.architecture", "llama9")},
      {"G-M1", "path", text("general.architecture", "../llama")},
      {"G-M1", "number", u32("general.architecture", 1)},
      {"G-M6", "no block count", [](auto* b) { b->Remove("llama.block_count"); }},
      {"G-M6", "0 blocks", u32("llama.block_count", 0)},
      {"G-M6", "513 blocks", u32("llama.block_count", 513)},
      {"G-M6", "u64 blocks",
       [](auto* b) { b->Set("llama.block_count", 10, GgufBuilder::Number(1, 8)); }},
      {"G-M6", "block out of range", [](auto* b) { b->AddF32("blk.1.attn_norm.weight", {32}); }},
      {"G-M6", "block without number", [](auto* b) { b->AddF32("blk.x.attn_norm.weight", {32}); }},
      {"pass", "per-layer array",
       [](auto* b) { b->Set("llama.attention.head_count_kv", 9, GgufBuilder::Numbers(4, {2})); }},
      {"G-M6", "per-layer array of another length",
       [](auto* b) {
         b->Set("llama.attention.head_count_kv", 9, GgufBuilder::Numbers(4, {2, 2}));
       }},
      {"G-M7", "0 heads", u32("llama.attention.head_count", 0)},
      {"G-M7", "4097 heads", u32("llama.attention.head_count", 4097)},
      {"G-M7", "heads do not divide", u32("llama.attention.head_count_kv", 3)},
      {"G-M7", "0 kv heads", u32("llama.attention.head_count_kv", 0)},
      {"G-M7", "1025 experts", u32("llama.expert_count", 1025)},
      {"G-M7", "experts without use", u32("llama.expert_count", 4)},
      {"G-M7", "more used than there are", u32("llama.expert_used_count", 1)},
      {"G-T15", "experts without their tensors",
       [](auto* b) {
         b->SetU32("llama.expert_count", 4);
         b->SetU32("llama.expert_used_count", 4);
       }},
      {"G-M7", "groups do not divide",
       [](auto* b) {
         b->SetU32("llama.expert_count", 4);
         b->SetU32("llama.expert_used_count", 2);
         b->SetU32("llama.expert_group_count", 3);
         b->SetU32("llama.expert_group_used_count", 1);
       }},
      {"G-M8", "no embedding", [](auto* b) { b->Remove("llama.embedding_length"); }},
      {"G-M8", "wide embedding", u32("llama.embedding_length", (1 << 24) + 1)},
      {"G-M8", "no context", [](auto* b) { b->Remove("llama.context_length"); }},
      {"pass", "longest context", u32("llama.context_length", 1 << 27)},
      {"G-M8", "long context", u32("llama.context_length", (1 << 27) + 1)},
      {"G-M8", "no feed-forward", u32("llama.feed_forward_length", 0)},
      {"G-T15", "no heads", [](auto* b) { b->Remove("llama.attention.head_count"); }},
      {"G-T15", "no feed-forward length", [](auto* b) { b->Remove("llama.feed_forward_length"); }},
      {"G-M8", "no epsilon", [](auto* b) { b->Remove("llama.attention.layer_norm_rms_epsilon"); }},
      {"G-M8", "part of a head is rotated", u32("llama.rope.dimension_count", 4)},
      {"G-T15", "another number of heads", u32("llama.attention.head_count_kv", 4)},
      {"G-M11", "epsilon of f64",
       [](auto* b) {
         b->Set("llama.attention.layer_norm_rms_epsilon", 12,
                GgufBuilder::Number(0x3ee4f8b588e368f1, 8));
       }},
      {"G-M8", "long key", u32("llama.attention.key_length", 33)},
      {"pass", "key as long as the embedding",
       [](auto* b) {
         b->SetU32("llama.attention.key_length", 32);
         b->SetU32("llama.attention.value_length", 32);
         b->SetU32("llama.attention.head_count", 1);
         b->SetU32("llama.attention.head_count_kv", 1);
         b->SetU32("llama.rope.dimension_count", 32);
         b->FindTensor("blk.0.attn_k.weight").dimensions = {32, 32};
         b->FindTensor("blk.0.attn_k.weight").data.resize(4096);
         b->FindTensor("blk.0.attn_v.weight").dimensions = {32, 32};
         b->FindTensor("blk.0.attn_v.weight").data.resize(4096);
       }},
      {"pass", "smallest epsilon", f32("llama.attention.layer_norm_rms_epsilon", 1e-12F)},
      {"G-M11", "no epsilon", f32("llama.attention.layer_norm_rms_epsilon", 0)},
      {"G-M11", "large epsilon", f32("llama.attention.layer_norm_rms_epsilon", 0.2F)},
      {"G-M11", "NaN", f32("llama.rope.freq_base", std::numeric_limits<float>::quiet_NaN())},
      {"G-M11", "infinite number of another key", f32("general.x", infinity)},
      {"G-M11", "small rope base", f32("llama.rope.freq_base", 0.5F)},
      {"G-M11", "scale", f32("llama.logit_scale", 1e7F)},
      {"pass", "scale", f32("llama.logit_scale", 1e6F)},
      {"G-M12", "shard", u32("split.count", 2)},
      {"pass", "one shard", u32("split.count", 1)},
      {"G-M12", "shard number", u32("split.no", 1)},
      {"G-M12", "tensors of the shard",
       [](auto* b) {
         b->SetU32("split.count", 1);
         b->SetU32("split.tensors.count", 3);
       }},
      {"G-M13", "adapter", text("general.type", "adapter")},
      {"pass", "model", text("general.type", "model")},
      {"G-M13", "adapter type", text("adapter.type", "lora")},
      {"G-M13", "projector", text("general.architecture", "clip")},
      {"G-M13", "file type", u32("general.file_type", 65)},
      {"G-M13", "quantised without version",
       [](auto* b) {
         auto& tensor = b->FindTensor("token_embd.weight");
         tensor.type = 8;
         tensor.data = Bytes(261 * 34);
       }},
      {"pass", "quantised with version",
       [](auto* b) {
         auto& tensor = b->FindTensor("token_embd.weight");
         tensor.type = 8;
         tensor.data = Bytes(261 * 34);
         b->SetU32("general.quantization_version", 2);
       }},
      {"G-M13", "another version", u32("general.quantization_version", 1)},
  });
}

TEST(GgufRulesTest, VocabularyRules) {
  const auto change_token = [](std::size_t index, std::string text) {
    return [=](GgufBuilder* b) {
      std::vector<std::string> tokens;
      for (std::size_t i = 0; i < 261; ++i) tokens.push_back(i == index ? text : "t");
      std::vector<std::uint64_t> types(261, 1);
      types[index] = 6;
      b->Set("tokenizer.ggml.tokens", 9, GgufBuilder::Texts(tokens));
      b->Set("tokenizer.ggml.token_type", 9, GgufBuilder::Numbers(5, types));
    };
  };
  const auto merges = [](std::vector<std::string> texts) {
    return [=](GgufBuilder* b) { b->Set("tokenizer.ggml.merges", 9, GgufBuilder::Texts(texts)); };
  };
  const auto u32 = [](std::string key, std::uint64_t value) {
    return [=](GgufBuilder* b) { b->SetU32(key, value); };
  };
  ExpectAll({
      {"G-M2", "tokens are numbers",
       [](auto* b) { b->Set("tokenizer.ggml.tokens", 9, GgufBuilder::Numbers(4, {1, 2})); }},
      {"G-M2", "unknown tokenizer", [](auto* b) { b->SetText("tokenizer.ggml.model", "lhama"); }},
      {"G-M2", "no tokenizer", [](auto* b) { b->Remove("tokenizer.ggml.model"); }},
      {"G-M2", "no tokens", [](auto* b) { b->Remove("tokenizer.ggml.tokens"); }},
      {"G-M3", "scores are i32",
       [](auto* b) {
         b->Set("tokenizer.ggml.scores", 9,
                GgufBuilder::Numbers(5, std::vector<std::uint64_t>(261)));
       }},
      {"G-M3", "types are strings",
       [](auto* b) {
         b->Set("tokenizer.ggml.token_type", 9, GgufBuilder::Texts(std::vector<std::string>(261)));
       }},
      {"G-M4", "few scores",
       [](auto* b) { b->Set("tokenizer.ggml.scores", 9, GgufBuilder::Numbers(6, {0})); }},
      {"G-M4", "few types",
       [](auto* b) { b->Set("tokenizer.ggml.token_type", 9, GgufBuilder::Numbers(5, {1})); }},
      {"pass", "merges", merges({"a b", "ab c"})},
      {"G-M5", "merge without space", merges({"a b", "ab"})},
      {"G-M5", "merge with two spaces", merges({"a b c"})},
      {"G-M5", "merge with an empty piece", merges({"a "})},
      {"G-M5", "empty merge", merges({""})},
      {"pass", "last id", u32("tokenizer.ggml.padding_token_id", 260)},
      {"G-M5", "id out of range", u32("tokenizer.ggml.padding_token_id", 261)},
      {"G-M5", "id of -1", u32("tokenizer.ggml.eos_token_id", 0xffffffff)},
      {"pass", "padded vocabulary", u32("llama.vocab_size", 261 + 1024)},
      {"G-M9", "vocabulary size", u32("llama.vocab_size", 261 + 1025)},
      {"G-M9", "embedding rows",
       [](auto* b) {
         auto& tensor = b->FindTensor("token_embd.weight");
         tensor.dimensions = {32, 260};
         tensor.data.resize(32 * 260 * 4);
       }},
      {"pass", "byte token", change_token(7, "<0x0A>")},
      {"G-M10", "negative byte", change_token(7, "<0x-1>")},
      {"G-M10", "lower case", change_token(7, "<0x0a>")},
      {"G-M10", "no byte", change_token(7, "a")},
      {"G-M10", "byte twice",
       [](auto* b) {
         std::vector<std::uint64_t> types(261, 6);
         b->Set("tokenizer.ggml.tokens", 9,
                GgufBuilder::Texts(std::vector<std::string>(261, "<0x00>")));
         b->Set("tokenizer.ggml.token_type", 9, GgufBuilder::Numbers(5, types));
       }},
      {"G-M10", "type 7",
       [](auto* b) {
         b->Set("tokenizer.ggml.token_type", 9,
                GgufBuilder::Numbers(5, std::vector<std::uint64_t>(261, 7)));
       }},
      {"G-M11", "NaN score",
       [](auto* b) {
         b->Set("tokenizer.ggml.scores", 9,
                GgufBuilder::Numbers(6, std::vector<std::uint64_t>(261, 0x7fc00000)));
       }},
  });
}

TEST(GgufRulesTest, ReasonsNameThePlaceAndNeverTheContent) {
  GgufBuilder builder = TinyLlama();
  builder.values.push_back({"evil\x1b[31m", 7, {1}});
  const Findings findings = Judge(builder.Build());
  ASSERT_EQ(findings.list().size(), 1U);
  EXPECT_EQ(findings.list()[0].rule, "G-K3");
  EXPECT_EQ(findings.list()[0].reason,
            "key \"evil\\u{1b}[31m\" is not made of ASCII words joined by dots");
  EXPECT_TRUE(findings.list()[0].offset.has_value());
}

}  // namespace
}  // namespace secai::quarantine

// The quarantine against the engine itself: whatever the scanner accepts, the engine must load, and
// what it believes about tensor types must be what the engine believes.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <ggml.h>
#include <gguf.h>
#include <llama.h>

#include <gtest/gtest.h>

#include "quarantine/scanner/gguf_format.h"
#include "quarantine/scanner/scan.h"
#include "quarantine/scanner/testing/gguf_builder.h"

namespace secai::quarantine {
namespace {

using testing::Bytes;
using testing::GgufBuilder;
using testing::TinyLlama;

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }  // Read only.
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// A temporary file, for the engine wants a descriptor behind its FILE.
File AsFile(const Bytes& bytes) {
  File file(std::tmpfile());
  EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file.get()), bytes.size());
  std::rewind(file.get());
  return file;
}

bool EngineLoads(const Bytes& bytes) {
  const File file = AsFile(bytes);
  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = 0;
  llama_model* model = llama_model_load_from_file_ptr(file.get(), params);
  if (model == nullptr) return false;
  llama_model_free(model);
  return true;
}

ArtifactReport Scan(const Bytes& bytes) {
  return ScanArtifact(MemorySource(bytes), "model.gguf", {.has_threads = false});
}

class EngineTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
    llama_backend_init();
  }
};

TEST_F(EngineTest, TensorTypesAreTheEngines) {
  for (std::uint32_t id = 0; id < GGML_TYPE_COUNT; ++id) {
    const auto type = static_cast<ggml_type>(id);
    const TensorType* ours = FindTensorType(id);
    if (ours == nullptr) {
      const bool is_internal = id == GGML_TYPE_Q8_1 || id == GGML_TYPE_Q8_K;
      EXPECT_TRUE(is_internal || ggml_blck_size(type) == 0) << id;
      continue;
    }
    EXPECT_EQ(ours->block_elements, ggml_blck_size(type)) << ours->name;
    EXPECT_EQ(ours->block_bytes, ggml_type_size(type)) << ours->name;
  }
  EXPECT_EQ(FindTensorType(GGML_TYPE_COUNT), nullptr);
}

TEST_F(EngineTest, LoadsTheHonestFile) {
  const Bytes file = TinyLlama().Build();
  EXPECT_NE(Scan(file).verdict, Verdict::kRefuse);
  EXPECT_TRUE(EngineLoads(file));
}

TEST_F(EngineTest, LoadsEveryMutantThatTheScannerAccepts) {
  const Bytes file = TinyLlama().Build();
  const std::size_t data_bytes = 62'000;  // About; metadata and tensor infos come before.
  std::mt19937_64 random(42);
  int accepted = 0;
  for (int round = 0; round < 2000; ++round) {
    Bytes mutant = file;
    const int changes = 1 + static_cast<int>(random() % 2);
    for (int i = 0; i < changes; ++i) {
      const std::size_t at = random() % (file.size() - data_bytes);
      mutant[at] = random() % 2 == 0 ? static_cast<std::uint8_t>(random())
                                     : static_cast<std::uint8_t>(mutant[at] ^ (1U << random() % 8));
    }
    if (Scan(mutant).verdict == Verdict::kRefuse) continue;
    ++accepted;
    EXPECT_TRUE(EngineLoads(mutant)) << "round " << round;
  }
  EXPECT_GT(accepted, 50);  // Else the mutations are too rough to say anything.
}

TEST_F(EngineTest, LoadsWhatTheScannerAcceptsOfEachHyperparameter) {
  const std::vector<std::uint64_t> numbers = {
      0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 32, 33, 64, 128, 1024, 4096, 1 << 20, 0xffffffff};
  for (const auto& value : TinyLlama().values) {
    if (value.type != 4) continue;
    for (const std::uint64_t number : numbers) {
      GgufBuilder builder = TinyLlama();
      builder.SetU32(value.key, number);
      const Bytes file = builder.Build();
      if (Scan(file).verdict == Verdict::kRefuse) continue;
      EXPECT_TRUE(EngineLoads(file)) << value.key << " = " << number;
    }
  }
}

}  // namespace
}  // namespace secai::quarantine

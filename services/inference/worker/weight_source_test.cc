#include "inference/worker/weight_source.h"

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::inference {
namespace {

using secai::testing::FailsWith;

constexpr int kAllSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

UniqueFd MemoryWith(const std::string& bytes, int seals) {
  UniqueFd memory(::memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::write(memory.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(::fcntl(memory.get(), F_ADD_SEALS, seals), 0);
  return memory;
}

std::string Read(WeightSource* source, std::uint64_t offset, std::size_t count) {
  std::string out(count, '?');
  EXPECT_OK(source->ReadAt(offset, std::as_writable_bytes(std::span(out))));
  return out;
}

TEST(SealedMemorySourceTest, ReadsAnyRange) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       SealedMemorySource::Create(MemoryWith("0123456789", kAllSeals)));
  EXPECT_EQ(source->size(), 10U);
  EXPECT_EQ(Read(source.get(), 0, 10), "0123456789");
  EXPECT_EQ(Read(source.get(), 9, 1), "9");
  EXPECT_EQ(Read(source.get(), 10, 0), "");
}

TEST(SealedMemorySourceTest, RefusesToReadBeyondTheEnd) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       SealedMemorySource::Create(MemoryWith("0123456789", kAllSeals)));
  std::array<std::byte, 2> out{};
  EXPECT_TRUE(FailsWith(source->ReadAt(9, out), ErrorCode::kInvalidArgument));
  EXPECT_TRUE(FailsWith(source->ReadAt(~std::uint64_t{0}, out), ErrorCode::kInvalidArgument));
}

TEST(SealedMemorySourceTest, RefusesMemoryThatCouldStillChange) {
  EXPECT_TRUE(FailsWith(SealedMemorySource::Create(MemoryWith("x", 0)), ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(SealedMemorySource::Create(MemoryWith("x", F_SEAL_SHRINK | F_SEAL_GROW)),
                        ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(SealedMemorySource::Create(MemoryWith("x", F_SEAL_WRITE | F_SEAL_GROW)),
                        ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(SealedMemorySource::Create(UniqueFd(::open("/dev/zero", O_RDONLY))),
                        ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(SealedMemorySource::Create(MemoryWith("", kAllSeals)),
                        ErrorCode::kInvalidArgument));
}

TEST(OpenAsFileTest, ReadsAndSeeksLikeAFile) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       SealedMemorySource::Create(MemoryWith("0123456789", kAllSeals)));
  std::vector<char> buffer(4);  // Smaller than the file, so that it is refilled.
  ASSERT_OK_AND_ASSIGN(const UniqueFile file, OpenAsFile(source.get(), buffer));
  std::array<char, 16> out{};
  EXPECT_EQ(std::fread(out.data(), 1, 3, file.get()), 3U);
  EXPECT_EQ(std::string(out.data(), 3), "012");
  EXPECT_EQ(std::fseek(file.get(), -2, SEEK_END), 0);
  EXPECT_EQ(std::ftell(file.get()), 8);
  EXPECT_EQ(std::fread(out.data(), 1, out.size(), file.get()), 2U);
  EXPECT_NE(std::feof(file.get()), 0);
  EXPECT_EQ(std::fseek(file.get(), 100, SEEK_SET), 0);
  EXPECT_EQ(std::fread(out.data(), 1, 1, file.get()), 0U);
  EXPECT_NE(std::fseek(file.get(), -1, SEEK_SET), 0);
}

class BrokenSource final : public WeightSource {
 public:
  std::uint64_t size() const override { return 100; }
  Result<> ReadAt(std::uint64_t, std::span<std::byte>) override {
    return Fail(ErrorCode::kCorrupt, "chunk 0 does not authenticate");
  }
};

TEST(OpenAsFileTest, ErrorOfTheSourceIsAnErrorOfTheStream) {
  BrokenSource source;
  std::vector<char> buffer(64);
  ASSERT_OK_AND_ASSIGN(const UniqueFile file, OpenAsFile(&source, buffer));
  char byte = 0;
  EXPECT_EQ(std::fread(&byte, 1, 1, file.get()), 0U);
  EXPECT_NE(std::ferror(file.get()), 0);
}

}  // namespace
}  // namespace secai::inference

#include "storage/sealed_copy.h"

#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "crypto/sha256.h"

namespace secai::storage {
namespace {

// An unsealed memory file that stands for a file on disk.
UniqueFd FileWith(const std::string& bytes) {
  UniqueFd file(::memfd_create("file", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

TEST(SealedCopyTest, HoldsTheSameBytesAndTheirDigest) {
  const std::string bytes(3'000'001, 'q');  // Several blocks and one byte.
  const UniqueFd file = FileWith(bytes);
  const auto copy = MakeSealedCopy(file.get(), bytes.size());
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(copy->digest, crypto::Sha256::Of(bytes));
  std::string read(bytes.size() + 1, '\0');
  EXPECT_EQ(::read(copy->memory.get(), read.data(), read.size()),
            static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(read.substr(0, bytes.size()), bytes);
}

TEST(SealedCopyTest, CannotBeChangedByAnybody) {
  const UniqueFd file = FileWith("weights");
  const auto copy = MakeSealedCopy(file.get(), 7);
  ASSERT_TRUE(copy.has_value());
  const std::string path = "/proc/self/fd/" + std::to_string(copy->memory.get());
  const UniqueFd writable(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_LT(::write(writable.get(), "x", 1), 0);
  EXPECT_NE(::ftruncate(writable.get(), 3), 0);
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writable.get(), 0),
            MAP_FAILED);
}

TEST(SealedCopyTest, RefusesAFileThatShrankOrGrew) {
  const UniqueFd file = FileWith("weights");
  EXPECT_EQ(MakeSealedCopy(file.get(), 8).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(MakeSealedCopy(file.get(), 6).error().code, ErrorCode::kCorrupt);
}

TEST(CheckSealedTest, AcceptsOnlyReadOnlySealedMemoryOfTheRightSize) {
  const UniqueFd file = FileWith("weights");
  const auto copy = MakeSealedCopy(file.get(), 7);
  EXPECT_TRUE(CheckSealed(copy->memory.get(), 7).has_value());
  EXPECT_FALSE(CheckSealed(copy->memory.get(), 8).has_value());
  EXPECT_FALSE(CheckSealed(file.get(), 7).has_value());
  const std::string path = "/proc/self/fd/" + std::to_string(copy->memory.get());
  const UniqueFd writable(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(CheckSealed(writable.get(), 7).has_value());
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(CheckSealed(null.get(), 0).has_value());
}

}  // namespace
}  // namespace secai::storage

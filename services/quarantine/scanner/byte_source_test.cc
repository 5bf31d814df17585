#include "quarantine/scanner/byte_source.h"

#include <cstdio>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "base/unique_fd.h"
#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine {
namespace {

using secai::testing::FailsWith;
using testing::Bytes;

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/secai-source-XXXXXX";
    fd_ = UniqueFd(::mkstemp(name.data()));
    ASSERT_TRUE(fd_.is_open());
    name_ = name;
    ASSERT_EQ(::write(fd_.get(), "0123456789", 10), 10);
  }
  void TearDown() override { ::unlink(name_.c_str()); }

  UniqueFd fd_;
  std::string name_;
};

TEST_F(FileSourceTest, ReadsAnyPart) {
  ASSERT_OK_AND_ASSIGN(const FileSource source, FileSource::Create(fd_.get()));
  EXPECT_EQ(source.size(), 10U);
  Bytes bytes(4);
  ASSERT_OK(source.ReadAt(6, bytes));
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "6789");
  EXPECT_OK(source.CheckUnchanged());
}

TEST_F(FileSourceTest, NoticesGrowthShrinkageAndChange) {
  ASSERT_OK_AND_ASSIGN(const FileSource source, FileSource::Create(fd_.get()));
  ASSERT_EQ(::write(fd_.get(), "x", 1), 1);
  EXPECT_TRUE(FailsWith(source.CheckUnchanged(), ErrorCode::kCorrupt, "from 10 to 11 bytes"));
  ASSERT_EQ(::ftruncate(fd_.get(), 4), 0);
  EXPECT_TRUE(FailsWith(source.CheckUnchanged(), ErrorCode::kCorrupt, "from 10 to 4 bytes"));
  Bytes bytes(8);
  EXPECT_TRUE(FailsWith(source.ReadAt(0, bytes), ErrorCode::kCorrupt, "shorter"));
  ASSERT_EQ(::ftruncate(fd_.get(), 10), 0);
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::futimens(fd_.get(), times), 0);
  EXPECT_TRUE(FailsWith(source.CheckUnchanged(), ErrorCode::kCorrupt, "modified"));
}

TEST_F(FileSourceTest, RefusesASecondName) {
  const std::string second = name_ + ".2";
  ASSERT_OK_AND_ASSIGN(const FileSource source, FileSource::Create(fd_.get()));
  ASSERT_EQ(::link(name_.c_str(), second.c_str()), 0);
  EXPECT_TRUE(FailsWith(FileSource::Create(fd_.get()), ErrorCode::kInvalidArgument, "2 names"));
  EXPECT_FALSE(source.CheckUnchanged().has_value());
  ::unlink(second.c_str());
}

TEST_F(FileSourceTest, TakesAFileWithoutAName) {
  ::unlink(name_.c_str());
  EXPECT_OK(FileSource::Create(fd_.get()));
  const UniqueFd memory(::memfd_create("artifact", MFD_CLOEXEC));
  EXPECT_OK(FileSource::Create(memory.get()));
}

TEST_F(FileSourceTest, RefusesWhatIsNoRegularFile) {
  const UniqueFd folder(::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_TRUE(FailsWith(FileSource::Create(folder.get()), ErrorCode::kInvalidArgument,
                        "not a regular file"));
  const UniqueFd device(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(FailsWith(FileSource::Create(device.get()), ErrorCode::kInvalidArgument,
                        "not a regular file"));
  EXPECT_FALSE(FileSource::Create(-1).has_value());
}

class Collector final : public BlockObserver {
 public:
  void OnBlock(const SharedBlock& block) override {
    const auto view = block->view();
    seen.insert(seen.end(), view.begin(), view.end());
  }
  Bytes seen;
};

TEST(ByteStreamTest, ObserversSeeEveryByteOnceAndInOrder) {
  Bytes bytes(3 * kStreamBlockBytes + 17);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 999);
  const MemorySource source(bytes);
  Collector collector;
  ByteStream stream(&source);
  stream.AddObserver(&collector);
  Bytes head(1000);
  ASSERT_OK(stream.ReadExact(head));
  Bytes pulled = head;
  while (stream.remaining() > 0) {
    ASSERT_OK_AND_ASSIGN(const auto piece, stream.Take(100'000));
    ASSERT_FALSE(piece.empty());
    pulled.insert(pulled.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(collector.seen, bytes);
  EXPECT_EQ(pulled, bytes);
}

TEST(ByteStreamTest, ReadingPastTheEndFails) {
  const MemorySource source(Bytes(10));
  ByteStream stream(&source);
  Bytes into(11);
  EXPECT_TRUE(FailsWith(stream.ReadExact(into), ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace secai::quarantine

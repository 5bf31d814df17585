#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace secai::quarantine {

// The bytes of one artifact, of a size that is fixed when the source is made.
// Thread-safety: const members from any thread.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  virtual std::uint64_t size() const = 0;

  // Fills `into` with the bytes at `offset`; offset + into.size() must be <= size().
  // Errors: kCorrupt when the file has become shorter, kInternal when it cannot be read.
  virtual Result<> ReadAt(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;

  // Errors: kCorrupt, saying what changed, when the file is not the one that was opened any more.
  virtual Result<> CheckUnchanged() const { return Ok(); }
};

// Bytes in memory: for tests, fuzzing and small side files. Borrows nothing: it owns the bytes.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::uint64_t size() const override { return bytes_.size(); }
  Result<> ReadAt(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  std::vector<std::uint8_t> bytes_;
};

// An open file, read with pread(2): no mapping, so a file that shrinks is an error and not a
// signal.
//
// Create() and CheckUnchanged() compare with fstat(2): a regular file or sealed memory, link count
// at most 1, the same size, inode and modification time. The link count is 0 for a file that has
// no name any more.
// Ownership: borrows `fd`, which must stay open.
class FileSource final : public ByteSource {
 public:
  // Errors: kInvalidArgument for anything but such a file, naming what it is.
  static Result<FileSource> Create(int fd);

  FileSource(FileSource&& other) noexcept : fd_(other.fd_), identity_(other.identity_) {}

  std::uint64_t size() const override { return identity_.size; }
  Result<> ReadAt(std::uint64_t offset, std::span<std::uint8_t> into) const override;
  Result<> CheckUnchanged() const override;

 private:
  struct Identity {
    std::uint64_t size = 0;
    dev_t device = 0;
    ino_t inode = 0;
    nlink_t links = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Identity&) const = default;
  };
  static Result<Identity> Identify(int fd);
  FileSource(int fd, Identity identity) : fd_(fd), identity_(identity) {}

  int fd_;
  Identity identity_;
};

}  // namespace secai::quarantine

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::inference {

// The bytes of one model file. The engine reads a model only through this, so that it need not be a
// file: the source may decrypt and authenticate pieces as they are asked for.
// Thread-safety: one thread only.
class WeightSource {
 public:
  WeightSource() = default;
  WeightSource(const WeightSource&) = delete;
  WeightSource& operator=(const WeightSource&) = delete;
  virtual ~WeightSource() = default;

  // Bytes of the whole file.
  virtual std::uint64_t size() const = 0;

  // Fills `out` with the bytes from `offset` on, all of them. Errors: kInvalidArgument when that is
  // beyond the end; kCorrupt when the source can not vouch for the bytes.
  virtual Result<> ReadAt(std::uint64_t offset, std::span<std::byte> out) = 0;
};

// A model in a memory file that nobody can change any more.
class SealedMemorySource final : public WeightSource {
 public:
  // Errors: kDenied unless `memory` is sealed against writing, growing and shrinking
  // (memfd_create(2), F_GET_SEALS): only then do the bytes stay what the giver has checked.
  // kInvalidArgument when empty.
  static Result<std::unique_ptr<SealedMemorySource>> Create(UniqueFd memory);

  std::uint64_t size() const override { return size_; }
  Result<> ReadAt(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  SealedMemorySource(UniqueFd memory, std::uint64_t size)
      : memory_(std::move(memory)), size_(size) {}

  UniqueFd memory_;
  std::uint64_t size_;
};

struct FileCloser {
  void operator()(std::FILE* file) const {
    (void)std::fclose(file);
  }  // Read-only: nothing to lose.
};
using UniqueFile = std::unique_ptr<std::FILE, FileCloser>;

// A stream over `source` for a library that reads FILE* (fopencookie(3)), with `buffer` as its
// buffer: glibc ignores a buffer size without memory, and the engine reads metadata value by value.
// Both are borrowed until the stream is closed. A read error of the source is an error of the
// stream. Errors: kInternal when glibc can not make the stream.
Result<UniqueFile> OpenAsFile(WeightSource* source, std::span<char> buffer);

}  // namespace secai::inference

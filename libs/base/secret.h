#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace secai {

// Overwrites `bytes` in a way the compiler may not leave out (explicit_bzero(3)).
void Wipe(std::span<std::uint8_t> bytes);

// True when both hold the same bytes. The time depends on the lengths only, not on the content.
bool ConstantTimeEqual(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

// Exactly `kSize` secret bytes (a key). Wiped when destroyed or moved from. There is no formatter,
// no operator<<, no implicit way out and no ==: to leak it one must write Reveal(). Thread-safety:
// one thread only. Limits of the protection: does not keep the bytes out of swap or core dumps; the
// vault's key memory does that.
template <std::size_t kSize>
class SecretKey {
 public:
  SecretKey() = default;
  explicit SecretKey(std::span<const std::uint8_t, kSize> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) { Wipe(other.bytes_); }
  SecretKey& operator=(SecretKey&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      Wipe(other.bytes_);
    }
    return *this;
  }
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey() { Wipe(bytes_); }

  std::span<const std::uint8_t, kSize> Reveal() const { return bytes_; }
  std::span<std::uint8_t, kSize> RevealForWriting() { return bytes_; }
  bool Equals(const SecretKey& other) const { return ConstantTimeEqual(bytes_, other.bytes_); }

 private:
  std::array<std::uint8_t, kSize> bytes_ = {};
};

// Secret bytes of any length fixed at creation (a passphrase, the text of a key file). As
// SecretKey.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size)
      : bytes_(std::make_unique<std::uint8_t[]>(size)), size_(size) {}
  explicit SecretBytes(std::span<const std::uint8_t> bytes) : SecretBytes(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }
  SecretBytes(SecretBytes&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      Wipe(RevealForWriting());
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { Wipe(RevealForWriting()); }

  std::size_t size() const { return size_; }
  std::span<const std::uint8_t> Reveal() const { return {bytes_.get(), size_}; }
  std::span<std::uint8_t> RevealForWriting() { return {bytes_.get(), size_}; }
  std::string_view RevealText() const {
    return {reinterpret_cast<const char*>(bytes_.get()), size_};
  }
  bool Equals(const SecretBytes& other) const {
    return ConstantTimeEqual(Reveal(), other.Reveal());
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace secai

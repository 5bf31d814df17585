#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "crypto/digest.h"

namespace secai::crypto {

// Loads what OpenSSL would load on first use, without its configuration file. Before the sandbox.
void PrepareCrypto();

// SHA-256 (FIPS 180-4) of bytes that come in pieces. Thread-safety: one thread only; several
// objects may work at one time. Cost: about 1.5 GB/s a core with SHA extensions.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void Update(std::span<const std::uint8_t> bytes);
  void Update(std::string_view bytes);

  // The digest of all that came. Then ready for a new message.
  Digest Finish();

  static Digest Of(std::string_view bytes);
  static Digest Of(std::span<const std::uint8_t> bytes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace secai::crypto

#include "crypto/sha256.h"

#include <array>

#include <sodium.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace secai::crypto {
namespace {

// Fetched once: an implicit fetch at each EVP_DigestInit_ex costs about a microsecond and a lock.
// Never freed, because threads may outlive static destructors.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const kAlgorithm = [] {
    CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr) == 1);
    return EVP_MD_fetch(nullptr, "SHA256", nullptr);
  }();
  CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

}  // namespace

class Sha256::Impl {
 public:
  Impl() : context_(EVP_MD_CTX_new()) {
    CHECK(context_ != nullptr);
    Start();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { EVP_MD_CTX_free(context_); }

  void Start() { CHECK(EVP_DigestInit_ex2(context_, Sha256Algorithm(), nullptr) == 1); }
  void Update(const void* bytes, std::size_t size) {
    CHECK(EVP_DigestUpdate(context_, bytes, size) == 1);
  }
  Digest Finish() {
    std::array<std::uint8_t, kDigestBytes> bytes = {};
    unsigned size = 0;
    CHECK(EVP_DigestFinal_ex(context_, bytes.data(), &size) == 1 && size == bytes.size());
    Start();
    return Digest(bytes);
  }

 private:
  EVP_MD_CTX* context_;
};

void PrepareCrypto() {
  CHECK(sodium_init() >= 0);
  Sha256::Of(std::string_view("warm"));
}

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(std::span<const std::uint8_t> bytes) {
  impl_->Update(bytes.data(), bytes.size());
}
void Sha256::Update(std::string_view bytes) { impl_->Update(bytes.data(), bytes.size()); }
Digest Sha256::Finish() { return impl_->Finish(); }

Digest Sha256::Of(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

Digest Sha256::Of(std::span<const std::uint8_t> bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

}  // namespace secai::crypto

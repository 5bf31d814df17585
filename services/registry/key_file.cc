#include "registry/key_file.h"

#include <string>
#include <utility>

#include "base/secret.h"
#include "storage/atomic_file.h"

namespace secai::registry {
namespace {

constexpr const char* kKeyFileName = "key";
constexpr const char* kPublicKeyFileName = "key.pub";

Result<crypto::Ed25519KeyPair> MakeKey(storage::Folder* folder, Random* random) {
  crypto::Ed25519KeyPair key = crypto::Ed25519KeyPair::Generate(*random);
  const auto seed = key.seed().Reveal();
  TRY(storage::ReplaceFile(folder, kKeyFileName,
                           {reinterpret_cast<const char*>(seed.data()), seed.size()}));
  return key;
}

}  // namespace

Result<crypto::Ed25519KeyPair> LoadKey(storage::Folder* folder, Random* random, bool may_make) {
  auto file = folder->OpenForReading(kKeyFileName);
  if (!file.has_value() && file.error().code != ErrorCode::kNotFound) {
    return tl::unexpected<Error>(std::move(file).error());
  }
  if (!file.has_value() && !may_make) {
    return Fail(ErrorCode::kCorrupt, "the signing key is missing, but there is a manifest");
  }
  Result<crypto::Ed25519KeyPair> key = Fail(ErrorCode::kInternal, "no key");
  if (file.has_value()) {
    SecretKey<crypto::kEd25519SeedBytes + 1> bytes;  // One more, to see a file that is too long.
    TRY_ASSIGN(const std::size_t got, (*file)->ReadAt(0, bytes.RevealForWriting()));
    key = crypto::Ed25519KeyPair::FromSeed(bytes.Reveal().first(got));
  } else {
    key = MakeKey(folder, random);
  }
  if (!key.has_value()) return key;
  if (const auto known = folder->OpenForReading(kPublicKeyFileName); !known.has_value()) {
    TRY(storage::ReplaceFile(folder, kPublicKeyFileName, crypto::ToPem(key->public_key())));
  }
  return key;
}

}  // namespace secai::registry

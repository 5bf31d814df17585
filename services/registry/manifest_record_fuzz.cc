// Invariant: a payload that this key signed is either refused or gives a record that, signed again,
// opens to the same; and bytes that it did not sign never open.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/testing/fake_random.h"
#include "crypto/dsse.h"
#include "registry/manifest_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai;  // NOLINT(google-build-using-namespace): one function.
  FakeRandom random;
  const auto key = crypto::Ed25519KeyPair::Generate(random);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // No input is a line that this key signed: a key that is made here never leaves this process.
  if (registry::OpenRecord(input, key.public_key()).has_value()) std::abort();
  const std::string line =
      crypto::SignDsse(key, "application/vnd.secai.registry-record+json", input);
  const auto record = registry::OpenRecord(line, key.public_key());
  if (!record.has_value()) {
    if (record.error().code != ErrorCode::kCorrupt) std::abort();
    return 0;
  }
  const auto again = registry::SignRecord(*record, key);
  if (!again.has_value()) std::abort();
  const auto same = registry::OpenRecord(*again, key.public_key());
  if (!same.has_value() || same->seq != record->seq || same->previous != record->previous ||
      same->action != record->action || same->name != record->name ||
      same->model.has_value() != record->model.has_value()) {
    std::abort();
  }
  if (record->model.has_value() &&
      registry::ModelToJson(*record->model) != registry::ModelToJson(*same->model)) {
    std::abort();
  }
  return 0;
}

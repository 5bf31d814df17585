// Invariant: however the bytes are cut, the same envelopes come out, and none is over the limit.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/frame_reader.h"

namespace {

constexpr std::size_t kMaxBytes = 256;

// All envelopes of `bytes`, given `step` bytes at a time, as text; "!" ends a refused stream.
std::string Envelopes(std::string_view bytes, std::size_t step) {
  secai::net::FrameReader reader(kMaxBytes);
  std::string seen;
  while (!bytes.empty()) {
    const auto space = reader.space();
    const std::size_t count = std::min({step, space.size(), bytes.size()});
    std::copy_n(bytes.data(), count, space.data());
    reader.Filled(count);
    bytes.remove_prefix(count);
    for (;;) {
      auto next = reader.Next();
      if (!next.has_value()) return seen + "!";
      if (!next->has_value()) break;
      if (reader.last_frame_bytes() > kMaxBytes) std::abort();
      seen += secai::net::EncodeEnvelope(**next) + "\n";
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (Envelopes(bytes, 1) != Envelopes(bytes, size)) std::abort();
  return 0;
}

// Invariant: a header that is accepted covers the file, and strict JSON accepts it too.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/strict_json.h"
#include "quarantine/scanner/safetensors_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai::quarantine;  // NOLINT(google-build-using-namespace): a small program.
  const MemorySource source(std::vector<std::uint8_t>(data, data + size));
  ByteStream stream(&source);
  SafetensorsHeader header;
  Findings findings;
  if (!ReadSafetensorsHeader(&stream, nullptr, &header, &findings)) {
    if (!findings.has_gate()) std::abort();
    return 0;
  }
  std::uint64_t end = 0;
  for (const Safetensor& tensor : header.tensors) {
    if (tensor.begin != end) std::abort();
    end = tensor.end;
  }
  if (end != size - header.data_offset || header.tensors.empty()) std::abort();
  std::string_view text(reinterpret_cast<const char*>(data) + 8,
                        static_cast<std::size_t>(header.data_offset - 8));
  if (!secai::ParseStrictJson(text).has_value()) std::abort();
  return 0;
}

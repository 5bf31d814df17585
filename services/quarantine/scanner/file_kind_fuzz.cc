// Invariant: a file called GGUF begins with its magic, one called safetensors has a brace at 8, and
// the description of anything else is short printable text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "quarantine/scanner/file_kind.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using secai::quarantine::FileKind;
  const secai::quarantine::MemorySource source(std::vector<std::uint8_t>(data, data + size));
  const FileKind kind = secai::quarantine::IdentifyFile(source);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (kind.format == FileKind::Format::kGguf && !text.starts_with("GGUF")) std::abort();
  if (kind.format == FileKind::Format::kSafetensors && (size < 10 || data[8] != '{')) std::abort();
  if (kind.description.empty() || kind.description.size() > 120) std::abort();
  for (const char c : kind.description + kind.threat) {
    if (c < ' ' && c >= 0) std::abort();
  }
  return 0;
}

// Invariant: a file that every structure rule accepts is covered: its tensors follow one another
// from the start of the data section to the end of the file, each within it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "quarantine/scanner/gguf_reader.h"
#include "quarantine/scanner/gguf_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai::quarantine;  // NOLINT(google-build-using-namespace): a small program.
  const MemorySource source(std::vector<std::uint8_t>(data, data + size));
  ByteStream stream(&source);
  GgufHeader header;
  Findings findings;
  const bool is_read = ReadGgufHeader(&stream, nullptr, &header, &findings);
  if (!is_read) {
    if (!findings.has_gate()) std::abort();
    return 0;
  }
  if (stream.position() != header.data_offset || header.data_offset > size) std::abort();
  if (!CheckGgufTensors(size, &header, &findings)) {
    if (!findings.has_gate()) std::abort();
    return 0;
  }
  std::uint64_t end = 0;
  for (const GgufTensor& tensor : header.tensors) {
    if (tensor.offset < end || tensor.offset - end >= header.alignment) std::abort();
    end = tensor.offset + tensor.bytes;
  }
  const std::uint64_t left = size - header.data_offset - end;
  if (left >= header.alignment) std::abort();
  if (CheckGgufMetadata(header, &findings) && CheckGgufArchitecture(header, &findings) &&
      findings.has_gate()) {
    std::abort();
  }
  return 0;
}

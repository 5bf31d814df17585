#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quarantine/scanner/byte_source.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

// What a file is by its content.
struct FileKind {
  enum class Format : std::uint8_t { kGguf, kSafetensors, kOther };

  Format format = Format::kOther;
  std::string
      description;     // With article: "a pickle inside a zip (a PyTorch .pt/.bin checkpoint)".
  std::string threat;  // What it would do when loaded ("it imports os.system, ..."), or empty.
  bool can_run_code = false;  // Loading such a file can run code that it carries.
};

inline constexpr std::size_t kMaxPeekDepth = 3;  // A gzip in a gzip in a gzip.

// Names the file by its content, never by its name: magic numbers at their places, then structure
// (tar checksums, zip directories and members, a walk over a pickle's opcodes). A safetensors file
// whose length field looks like a pickle's first bytes (80 02 ...) is a safetensors file.
//
// Reads at most a few MiB at random places, whatever the size. Never fails: an unreadable file is
// "not recognised". Thread-safety: pure. Trust: hostile.
FileKind IdentifyFile(const ByteSource& source);

// Rule P-1: refuses anything but GGUF and safetensors, and a name that does not agree with the
// content (.gguf, .safetensors; letter case does not matter). Returns true when the file may go on.
bool CheckKind(const FileKind& kind, std::string_view file_name, Findings* findings);

}  // namespace secai::quarantine

#include "quarantine/scanner/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "quarantine/scanner/archive_peek.h"
#include "quarantine/scanner/inflate.h"
#include "quarantine/scanner/pickle_names.h"
#include "quarantine/scanner/pickle_walk.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kHeadBytes = std::size_t{64} << 10;
constexpr std::size_t kInflateBytes = std::size_t{256} << 10;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view description;
  bool can_run_code;
};

using namespace std::string_view_literals;

constexpr auto kMagics = std::to_array<Magic>({
    {0, "GGML"sv, "a GGML file (an old llama.cpp format)", false},
    {0, "lmgg"sv, "a GGML file (an old llama.cpp format)", false},
    {0, "GGJT"sv, "a GGJT file (an old llama.cpp format)", false},
    {0, "tjgg"sv, "a GGJT file (an old llama.cpp format)", false},
    {0, "GGLA"sv, "a GGLA adapter (an old llama.cpp format)", false},
    {0, "algg"sv, "a GGLA adapter (an old llama.cpp format)", false},
    {0, "GGMF"sv, "a GGMF file (an old llama.cpp format)", false},
    {0, "fmgg"sv, "a GGMF file (an old llama.cpp format)", false},
    {0, "FUGG"sv, "a byte-swapped GGUF file", false},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive", true},
    {0,
     "\xfd"sv
     "7zXZ\0"sv,
     "an xz file", true},
    {0, "BZh"sv, "a bzip2 file", true},
    {0, "\x28\xb5\x2f\xfd"sv, "a zstd file", true},
    {0, "\x04\x22\x4d\x18"sv, "an lz4 file", true},
    {0, "Rar!\x1a\x07"sv, "a rar archive", true},
    {0, "\x93NUMPY"sv, "a NumPy array (.npy)", false},
    {0,
     "\x7f"
     "ELF"sv,
     "an ELF program or library", true},
    {0, "\xfe\xed\xfa\xce"sv, "a Mach-O program", true},
    {0, "\xfe\xed\xfa\xcf"sv, "a Mach-O program", true},
    {0, "\xce\xfa\xed\xfe"sv, "a Mach-O program", true},
    {0, "\xcf\xfa\xed\xfe"sv, "a Mach-O program", true},
    {0, "\0asm"sv, "a WebAssembly module", true},
    {0, "%PDF-"sv, "a PDF document", true},
    {4, "TFL3"sv, "a TensorFlow Lite model", true},
    {0, "\x89PNG\r\n\x1a\n"sv, "a PNG image", false},
    {0, "\xff\xd8\xff"sv, "a JPEG image", false},
    {0, "SQLite format 3\0"sv, "an SQLite database", false},
    {0, "version https://git-lfs"sv, "a Git LFS pointer (the real file was not downloaded with it)",
     false},
    {0, "#!"sv, "a script", true},
});

std::string_view Text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::uint64_t LittleEndian64(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

FileKind Other(std::string description, bool can_run_code, std::string threat = "") {
  return {FileKind::Format::kOther, std::move(description), std::move(threat), can_run_code};
}

// The threat of a pickle at the start of `head`, or nothing when it is no pickle. Protocols 0 and 1
// have no header, so only a program that asks for something or ends where the data ends counts.
std::optional<std::string> PickleThreat(std::span<const std::uint8_t> head, bool is_whole) {
  if (head.size() < 2) return std::nullopt;
  const PickleReport report = WalkPickle(head);
  const bool has_header = head[0] == 0x80 && head[1] >= 2 && head[1] <= 5;
  const bool is_program = report.is_stopped || report.is_cut || !report.imports.empty();
  if (has_header) {
    if (!is_program && report.opcodes < 3) return std::nullopt;
  } else if (report.imports.empty() || !(report.is_stopped || report.has_call)) {
    const bool is_plain = is_whole && report.is_stopped && report.bytes == head.size() &&
                          head.size() >= 3 && report.opcodes >= 3;
    if (!is_plain) return std::nullopt;
  }
  return DescribeImports(report).value_or("");
}

FileKind Identify(const ByteSource& source, std::size_t depth);

FileKind IdentifyZip(const ByteSource& source) {
  bool has_npy = false;
  bool has_keras = false;
  bool has_class = false;
  for (const ArchiveMember& member : PeekZip(source)) {
    if (const auto threat = PickleThreat(member.head, true); threat.has_value()) {
      return Other("a pickle inside a zip (a PyTorch .pt/.bin checkpoint)", true, *threat);
    }
    has_npy = has_npy || Text(member.head).starts_with("\x93NUMPY");
    has_keras = has_keras || member.name == "model.weights.h5" || member.name == "model.h5";
    has_class =
        has_class || member.name.ends_with(".class") || member.name == "META-INF/MANIFEST.MF";
    if (member.name.ends_with("data.pkl")) {
      return Other("a PyTorch checkpoint (a zip with a pickle)", true);
    }
  }
  if (has_keras) return Other("a Keras model (a zip)", true);
  if (has_npy) return Other("a NumPy archive (.npz)", true);
  if (has_class) return Other("a Java archive", true);
  return Other("a zip archive", true);
}

FileKind IdentifyTar(const ByteSource& source) {
  for (const ArchiveMember& member : PeekTar(source)) {
    if (const auto threat = PickleThreat(member.head, false); threat.has_value()) {
      return Other("a pickle inside a tar (an old PyTorch checkpoint)", true, *threat);
    }
  }
  return Other("a tar archive", true);
}

FileKind IdentifyGzip(std::span<const std::uint8_t> head, std::size_t depth) {
  const std::size_t begin = GzipHeaderBytes(head);
  if (begin != 0 && depth < kMaxPeekDepth) {
    auto inner_bytes = InflateHead(head.subspan(begin), kInflateBytes).out;
    if (!inner_bytes.empty()) {
      const MemorySource inner(std::move(inner_bytes));
      FileKind kind = Identify(inner, depth + 1);
      if (!kind.description.starts_with("not ")) {
        return Other(kind.description + ", packed with gzip", true, kind.threat);
      }
    }
  }
  return Other("a gzip file", true);
}

FileKind IdentifyNumpy(std::span<const std::uint8_t> head) {
  const auto header = Text(head.first(std::min<std::size_t>(head.size(), 4096)));
  if (Contains(header, "'|O'") || Contains(header, "'O'")) {
    return Other("a NumPy array of objects (a pickle)", true);
  }
  return Other("a NumPy array (.npy)", false);
}

// CA FE BA BE begins both; a class has a version of 45 or more where a fat binary counts its parts.
FileKind IdentifyCafeBabe(std::span<const std::uint8_t> head) {
  const bool is_class =
      head.size() >= 8 && (head[4] != 0 || head[5] != 0 || head[6] != 0 || head[7] >= 45);
  return Other(is_class ? "a Java class" : "a Mach-O universal program", true);
}

bool IsHdf5(const ByteSource& source, std::span<const std::uint8_t> head) {
  constexpr std::string_view kMagic = "\x89HDF\r\n\x1a\n";
  for (const std::size_t offset :
       {std::size_t{0}, std::size_t{512}, std::size_t{1024}, std::size_t{2048}}) {
    if (offset + kMagic.size() <= std::min<std::uint64_t>(source.size(), head.size()) &&
        Text(head.subspan(offset)).starts_with(kMagic)) {
      return true;
    }
  }
  return false;
}

// A protobuf message begins with a field that its format knows: a version number, then a string or
// message that fits in the file.
std::optional<std::string> ProtobufName(const ByteSource& source,
                                        std::span<const std::uint8_t> head) {
  if (head.size() < 8 || head[0] != 0x08 || head[1] == 0 || head[1] > 30) return std::nullopt;
  if (head[2] != 0x12 && head[2] != 0x1a && head[2] != 0x3a && head[2] != 0x42) return std::nullopt;
  std::uint64_t length = 0;
  std::size_t at = 3;
  for (int shift = 0; shift < 35 && at < head.size(); shift += 7) {
    length |= std::uint64_t{head[at] & 0x7fU} << shift;
    if ((head[at++] & 0x80) == 0) break;
  }
  if (length > source.size() - at) return std::nullopt;
  const auto text = Text(head.first(std::min<std::size_t>(head.size(), 8192)));
  if (Contains(text, "CoreML") || Contains(text, "coremltools")) return "a CoreML model";
  if (Contains(text, "saved_model") || Contains(text, "serve") || Contains(text, "tensorflow")) {
    return "a TensorFlow SavedModel";
  }
  if (Contains(text, "onnx") || Contains(text, "pytorch") || Contains(text, "ONNX")) {
    return "an ONNX model";
  }
  return "a protobuf file (ONNX, TensorFlow or CoreML)";
}

bool IsSafetensors(const ByteSource& source, std::span<const std::uint8_t> head) {
  if (source.size() < 10 || head.size() < 10 || head[8] != '{') return false;
  const std::uint64_t length = LittleEndian64(head);
  // Also one that was cut short: the reader then says where.
  return length >= 2 && length <= std::max<std::uint64_t>(source.size() - 8, 100'000'000);
}

FileKind IdentifyText(std::span<const std::uint8_t> head) {
  std::string_view text = Text(head);
  // The last character may be cut by the end of `head`.
  for (int i = 0; i < 3 && !text.empty() && !IsValidUtf8(text); ++i) text.remove_suffix(1);
  if (text.empty() || !IsValidUtf8(text) || Contains(text, "\0"sv)) {
    return Other("not a known kind of file", false);
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Other("a text file", false);
  text.remove_prefix(first);
  std::string start(text.substr(0, 16));
  std::ranges::transform(start, start.begin(), [](unsigned char c) { return std::tolower(c); });
  if (start.starts_with("<!doctype html") || start.starts_with("<html")) {
    return Other("an HTML page (a download that failed?)", false);
  }
  if (text.front() == '{' || text.front() == '[') return Other("a JSON file", false);
  return Other("a text file", false);
}

FileKind Identify(const ByteSource& source, std::size_t depth) {
  if (source.size() == 0) return Other("an empty file", false);
  std::vector<std::uint8_t> head(
      static_cast<std::size_t>(std::min<std::uint64_t>(kHeadBytes, source.size())));
  if (!source.ReadAt(0, head).has_value()) return Other("not readable", false);
  const std::string_view text = Text(head);

  if (text.starts_with("GGUF")) return {FileKind::Format::kGguf, "a GGUF file", "", false};
  if (IsSafetensors(source, head)) {
    return {FileKind::Format::kSafetensors, "a safetensors file", "", false};
  }
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) return IdentifyZip(source);
  if (text.starts_with("\x1f\x8b\x08")) return IdentifyGzip(head, depth);
  if (text.starts_with("\xca\xfe\xba\xbe")) return IdentifyCafeBabe(head);
  if (text.starts_with("\x93NUMPY")) return IdentifyNumpy(head);
  if (text.starts_with("MZ") && head.size() >= 64) {
    return Other(HasZipEnd(source) ? "a Windows program with a zip appended" : "a Windows program",
                 true);
  }
  if (IsHdf5(source, head)) {
    return Other(Contains(text, "keras") ? "a Keras model (HDF5)" : "an HDF5 file", true);
  }
  for (const Magic& magic : kMagics) {
    if (magic.offset < text.size() && text.substr(magic.offset).starts_with(magic.bytes)) {
      return Other(std::string(magic.description), magic.can_run_code);
    }
  }
  if (IsTarHeader(head)) return IdentifyTar(source);
  if (const auto threat = PickleThreat(head, head.size() == source.size()); threat.has_value()) {
    return Other("a pickle", true, *threat);
  }
  if (const auto name = ProtobufName(source, head); name.has_value()) return Other(*name, true);
  if (HasZipEnd(source)) return Other("data with a zip archive behind it", true);
  return IdentifyText(head);
}

}  // namespace

FileKind IdentifyFile(const ByteSource& source) { return Identify(source, 0); }

bool CheckKind(const FileKind& kind, std::string_view file_name, Findings* findings) {
  std::string lower(file_name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool is_gguf_name = lower.ends_with(".gguf");
  const bool is_safetensors_name = lower.ends_with(".safetensors");

  if (kind.format == FileKind::Format::kOther) {
    std::string reason = "this is " + kind.description;
    if (kind.can_run_code) reason += "; such files can run code when they are loaded";
    if (!kind.threat.empty()) reason += "; " + kind.threat;
    reason += "; only GGUF and safetensors are accepted";
    findings->Add("P-1", {.offset = 0}, reason);
    return false;
  }
  const bool is_named = kind.format == FileKind::Format::kGguf ? is_gguf_name : is_safetensors_name;
  if (!is_named) {
    const std::string_view wanted =
        kind.format == FileKind::Format::kGguf ? ".gguf" : ".safetensors";
    findings->Add("P-1", {.offset = 0},
                  "the content is " + kind.description + ", but the name " + Name(file_name) +
                      " does not end in " + std::string(wanted));
    return false;
  }
  return true;
}

}  // namespace secai::quarantine

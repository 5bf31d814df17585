#include "quarantine/scanner/file_kind.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine {
namespace {

using testing::Append;
using testing::AppendNumber;
using testing::Bytes;
using testing::FromHexText;
using testing::FromText;

FileKind Identify(Bytes bytes) { return IdentifyFile(MemorySource(std::move(bytes))); }

Bytes Padded(Bytes bytes, std::size_t size = 4096) {
  bytes.resize(size);
  return bytes;
}

TEST(FileKindTest, NamesEachKindByItsContent) {
  using namespace std::string_literals;
  const auto evil = FromHexText(testing::kEvilPickles[2]);
  Bytes old_tar = testing::MakeTar("pickle", evil);
  Bytes program_with_zip = Padded(FromText("MZ"));
  const Bytes zip = testing::MakeZip("x.txt", FromText("hello"));
  program_with_zip.insert(program_with_zip.end(), zip.begin(), zip.end());
  Bytes hidden_zip = Padded(FromText("\x01nothing known"));
  hidden_zip.insert(hidden_zip.end(), zip.begin(), zip.end());
  const std::vector<std::pair<std::string, Bytes>> rows = {
      {"an empty file", {}},
      {"a GGUF file", FromText("GGUF")},
      {"a GGML file (an old llama.cpp format)", Padded(FromText("lmgg"))},
      {"a GGJT file (an old llama.cpp format)", Padded(FromText("tjgg"))},
      {"a byte-swapped GGUF file", Padded(FromText("FUGG"))},
      {"a pickle inside a zip (a PyTorch .pt/.bin checkpoint)",
       testing::MakeZip("archive/data.pkl", evil)},
      {"a pickle inside a zip (a PyTorch .pt/.bin checkpoint)", testing::MakeZip("any.txt", evil)},
      {"a pickle inside a tar (an old PyTorch checkpoint)", old_tar},
      {"a tar archive", testing::MakeTar("a.txt", FromText("hello"))},
      {"a NumPy archive (.npz)", testing::MakeZip("a.npy", FromText("\x93NUMPY\x01"))},
      {"a Keras model (a zip)", testing::MakeZip("model.weights.h5", FromText("x"))},
      {"a Java archive", testing::MakeZip("META-INF/MANIFEST.MF", FromText("x"))},
      {"a zip archive", zip},
      {"a Windows program with a zip appended", program_with_zip},
      {"data with a zip archive behind it", hidden_zip},
      {"a pickle, packed with gzip", testing::MakeGzip(evil)},
      {"a pickle, packed with gzip, packed with gzip", testing::MakeGzip(testing::MakeGzip(evil))},
      {"a 7z archive", Padded(FromHexText("377abcaf271c0004"))},
      {"an xz file", Padded(FromHexText("fd377a585a000004"))},
      {"a bzip2 file", Padded(FromText("BZh91AY&SY"))},
      {"a zstd file", Padded(FromHexText("28b52ffd"))},
      {"an lz4 file", Padded(FromHexText("04224d18"))},
      {"a rar archive", Padded(FromHexText("526172211a0700"))},
      {"an HDF5 file", Padded(FromHexText("894844460d0a1a0a"))},
      {"a NumPy array of objects (a pickle)",
       Padded(FromText("\x93NUMPY\x01\x01v\x01{'descr': '|O', 'shape': (1,)}"))},
      {"a NumPy array (.npy)", Padded(FromText("\x93NUMPY\x01\x01v\x01{'descr': '<f4'}"))},
      {"an ONNX model", Padded(FromText("\x08\x07\x12\x07pytorch\x1a\x03\x32.0"))},
      {"a TensorFlow SavedModel", Padded(FromText("\x08\x01\x12\x7f\x0a serve"))},
      {"a CoreML model", Padded(FromText("\x08\x05\x12\x40 coremltools"))},
      {"a TensorFlow Lite model", Padded(FromText("\x1c\x01\x01\x01TFL3"))},
      {"an ELF program or library", Padded(FromText("\x7f"
                                                    "ELF\x02\x01\x01"))},
      {"a Windows program", Padded(FromText("MZ"))},
      {"a Mach-O program", Padded(FromHexText("cffaedfe"))},
      {"a Mach-O universal program", Padded(FromHexText("cafebabe00000002"))},
      {"a Java class", Padded(FromHexText("cafebabe00000034"))},
      {"a WebAssembly module", Padded(FromHexText("0061736d01000000"))},
      {"a PDF document", Padded(FromText("%PDF-1.7"))},
      {"a script", FromText("#!/bin/sh\nid\n")},
      {"an HTML page (a download that failed?)", FromText("\n<!DOCTYPE html><p>404")},
      {"a Git LFS pointer (the real file was not downloaded with it)",
       FromText("version https://git-lfs.github.com/spec/v1\n")},
      {"a JSON file", FromText("{\"model_type\": \"llama\"}")},
      {"a text file", FromText("hello world\n")},
      {"not a known kind of file", Padded(FromHexText("0102ff00"))},
  };
  for (const auto& [description, bytes] : rows) {
    EXPECT_EQ(Identify(bytes).description, description);
  }
}

TEST(FileKindTest, NamesPicklesOfEveryProtocolAndWhatTheyImport) {
  for (const std::string_view hex : testing::kEvilPickles) {
    const FileKind kind = Identify(FromHexText(hex));
    EXPECT_EQ(kind.description, "a pickle") << hex;
    EXPECT_EQ(kind.threat, "it imports posix.system, which starts programs") << hex;
  }
  const FileKind plain = Identify(FromHexText(testing::kPlainPickle));
  EXPECT_EQ(plain.description, "a pickle");
  EXPECT_EQ(plain.threat, "");
}

TEST(FileKindTest, LengthThatLooksLikeAPickleIsStillSafetensors) {
  for (const std::uint64_t length : {0x0280U, 0x0380U, 0x0480U, 0x0580U}) {  // 80 02 ... 80 05.
    Bytes bytes;
    AppendNumber(&bytes, length, 8);
    Append(&bytes, "{");
    bytes.resize(8 + length, ' ');
    EXPECT_EQ(Identify(bytes).format, FileKind::Format::kSafetensors) << length;
  }
}

bool Accepts(FileKind::Format format, std::string_view name) {
  Findings findings;
  const bool is_good = CheckKind({format, "a file", "", false}, name, &findings);
  EXPECT_EQ(is_good, !findings.has_gate());
  return is_good;
}

TEST(FileKindTest, NameAndContentMustAgree) {
  EXPECT_TRUE(Accepts(FileKind::Format::kGguf, "a.gguf"));
  EXPECT_TRUE(Accepts(FileKind::Format::kGguf, "A.GGUF"));
  EXPECT_TRUE(Accepts(FileKind::Format::kSafetensors, "model.safetensors"));
  EXPECT_FALSE(Accepts(FileKind::Format::kGguf, "a.safetensors"));
  EXPECT_FALSE(Accepts(FileKind::Format::kGguf, "gguf"));
  EXPECT_FALSE(Accepts(FileKind::Format::kSafetensors, "model.bin"));
  EXPECT_FALSE(Accepts(FileKind::Format::kOther, "a.gguf"));
}

TEST(FileKindTest, ReasonSaysWhatItIsAndWhyThatIsRefused) {
  Findings findings;
  EXPECT_FALSE(CheckKind(
      Identify(testing::MakeZip("archive/data.pkl", FromHexText(testing::kEvilPickles[2]))),
      "model.gguf", &findings));
  ASSERT_EQ(findings.list().size(), 1U);
  EXPECT_EQ(findings.list()[0].rule, "P-1");
  EXPECT_EQ(
      findings.list()[0].reason,
      "this is a pickle inside a zip (a PyTorch .pt/.bin checkpoint); such files can run code "
      "when they are loaded; it imports posix.system, which starts programs; only GGUF and "
      "safetensors are accepted");
}

}  // namespace
}  // namespace secai::quarantine

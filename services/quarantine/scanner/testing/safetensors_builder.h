#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quarantine/scanner/testing/bytes.h"

namespace secai::quarantine::testing {

// A safetensors file of a header text and a number of data bytes (zeros).
inline Bytes MakeSafetensors(std::string_view header, std::size_t data_bytes) {
  Bytes file;
  AppendNumber(&file, header.size(), 8);
  Append(&file, header);
  file.resize(file.size() + data_bytes);
  return file;
}

// Two tensors of f32: 6 numbers and 2 numbers, 32 bytes of data.
inline std::string TinyHeader() {
  return R"({"__metadata__":{"format":"pt"},)"
         R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
         R"("b":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}})";
}

}  // namespace secai::quarantine::testing

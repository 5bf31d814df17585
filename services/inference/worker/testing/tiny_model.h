#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace secai::inference::testing {

// A model of a few hundred kilobytes with random weights, for speed and for bytes that no honest
// model says: its vocabulary is mostly single bytes, so it emits broken UTF-8 all the time.
struct TinyModelSpec {
  std::string architecture = "llama";       // or "mamba", whose memory can not be cut
  std::vector<std::string> control_tokens;  // Beside <unk>, <s>, </s>.
  std::string chat_template;
  std::uint32_t seed = 1;
  std::uint32_t context_tokens = 512;
};

// The GGUF file in sealed memory, open for reading.
UniqueFd MakeTinyModel(const TinyModelSpec& spec);

// Sealed memory with these bytes.
UniqueFd SealBytes(const std::string& bytes);

// Sealed memory with the bytes of a file.
UniqueFd SealFile(const std::string& path);

}  // namespace secai::inference::testing

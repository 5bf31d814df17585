#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"

namespace secai {

// Counts 0, 1, 2 ... 255, 0 ... so that a test knows every byte. Thread-safety: one thread only.
class FakeRandom final : public Random {
 public:
  void Fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace secai

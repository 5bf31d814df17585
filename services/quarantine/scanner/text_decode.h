#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace secai::quarantine {

// The bytes that the base64 text (usual or URL alphabet) at the start of `text` stands for, up to
// the first other character; line ends are skipped.
std::vector<std::uint8_t> DecodeBase64Run(std::span<const std::uint8_t> text);

inline constexpr std::size_t kMinEncodedRun = 32;  // Shorter runs hold no payload that could run.

// Calls `decoded` with each stretch of `text` that may stand for other bytes, decoded: base64 and
// hex runs of at least kMinEncodedRun characters, and the whole text when it holds %XX escapes. A
// base64 run that begins within other words is tried at all four phases. Thread-safety: pure.
// Memory: the size of `text`.
void DecodeText(std::span<const std::uint8_t> text,
                const std::function<void(std::span<const std::uint8_t>)>& decoded);

}  // namespace secai::quarantine

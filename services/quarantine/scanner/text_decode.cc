#include "quarantine/scanner/text_decode.h"

#include <algorithm>
#include <array>
#include <optional>

namespace secai::quarantine {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Span = std::span<const std::uint8_t>;

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> MakeBase64Table() {
  std::array<std::uint8_t, 256> table = {};
  table.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 26; ++i) {
    table['A' + i] = i;
    table['a' + i] = static_cast<std::uint8_t>(26 + i);
  }
  for (std::uint8_t i = 0; i < 10; ++i) table['0' + i] = static_cast<std::uint8_t>(52 + i);
  table['+'] = table['-'] = 62;
  table['/'] = table['_'] = 63;
  return table;
}
constexpr auto kBase64 = MakeBase64Table();

std::optional<std::uint8_t> HexDigit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

bool IsLineEnd(std::uint8_t c) { return c == '\n' || c == '\r'; }

Bytes DecodeHexRun(Span run) {
  Bytes bytes;
  bytes.reserve(run.size() / 2);
  for (std::size_t i = 0; i + 1 < run.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(*HexDigit(run[i]) << 4 | *HexDigit(run[i + 1])));
  }
  return bytes;
}

Bytes DecodePercent(Span text) {
  Bytes bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2) {
      const auto high = HexDigit(text[i + 1]);
      const auto low = HexDigit(text[i + 2]);
      if (high.has_value() && low.has_value()) {
        bytes.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
        i += 2;
        continue;
      }
    }
    bytes.push_back(text[i]);
  }
  return bytes;
}

template <typename IsRunByte, typename Use>
void ForEachRun(Span text, IsRunByte is_run_byte, Use use) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_run_byte(text[i])) continue;
    if (i - begin >= kMinEncodedRun) use(text.subspan(begin, i - begin));
    begin = i + 1;
  }
}

}  // namespace

std::vector<std::uint8_t> DecodeBase64Run(std::span<const std::uint8_t> text) {
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t c : text) {
    if (IsLineEnd(c)) continue;
    const std::uint8_t digit = kBase64[c];
    if (digit == kNoDigit) break;
    bits = bits << 6 | digit;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  return bytes;
}

void DecodeText(std::span<const std::uint8_t> text,
                const std::function<void(std::span<const std::uint8_t>)>& decoded) {
  ForEachRun(
      text, [](std::uint8_t c) { return kBase64[c] != kNoDigit || IsLineEnd(c); },
      [&](Span run) {
        for (std::size_t phase = 0; phase < 4; ++phase)
          decoded(DecodeBase64Run(run.subspan(phase)));
      });
  ForEachRun(
      text, [](std::uint8_t c) { return HexDigit(c).has_value(); },
      [&](Span run) {
        for (std::size_t phase = 0; phase < 2; ++phase) decoded(DecodeHexRun(run.subspan(phase)));
      });
  const auto escapes = std::ranges::count(text, std::uint8_t{'%'});
  if (escapes >= 8) decoded(DecodePercent(text));
}

}  // namespace secai::quarantine

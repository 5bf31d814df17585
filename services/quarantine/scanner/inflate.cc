#include "quarantine/scanner/inflate.h"

#include <algorithm>
#include <array>
#include <utility>

namespace secai::quarantine {
namespace {

using End = InflateReport::End;

constexpr std::size_t kMaxCodeBits = 15;
constexpr std::size_t kMaxSymbols = 288;

// RFC 1951 section 3.2.5.
constexpr std::array<std::uint16_t, 29> kLengthBase = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                       15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                       67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, 29> kLengthExtra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr std::array<std::uint16_t, 30> kDistanceBase = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
constexpr std::array<std::uint8_t, 30> kDistanceExtra = {0, 0, 0,  0,  1,  1,  2,  2,  3,  3,
                                                         4, 4, 5,  5,  6,  6,  7,  7,  8,  8,
                                                         9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
constexpr std::array<std::uint8_t, 19> kCodeLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                           11, 4,  12, 3, 13, 2, 14, 1, 15};

// A canonical Huffman code: how many codes there are of each length, and the symbols in code order.
struct Huffman {
  std::array<std::uint16_t, kMaxCodeBits + 1> counts = {};
  std::array<std::uint16_t, kMaxSymbols> symbols = {};

  // False for a code with more codes than its lengths allow. An incomplete code is allowed: an
  // unused code word simply fails when it is met.
  bool Build(std::span<const std::uint8_t> lengths) {
    counts.fill(0);
    for (const std::uint8_t length : lengths) ++counts[length];
    counts[0] = 0;
    int left = 1;
    for (std::size_t bits = 1; bits <= kMaxCodeBits; ++bits) {
      left = left * 2 - counts[bits];
      if (left < 0) return false;
    }
    std::array<std::uint16_t, kMaxCodeBits + 2> next = {};
    for (std::size_t bits = 1; bits <= kMaxCodeBits; ++bits) {
      next[bits + 1] = static_cast<std::uint16_t>(next[bits] + counts[bits]);
    }
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
      if (lengths[symbol] != 0)
        symbols[next[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
    }
    return true;
  }
};

class Inflater {
 public:
  Inflater(std::span<const std::uint8_t> in, std::size_t max_out) : in_(in), max_out_(max_out) {}

  InflateReport Run() {
    bool is_last = false;
    while (!is_last && end_ == End::kComplete) {
      is_last = Bits(1) == 1;
      switch (Bits(2)) {
        case 0:
          Stored();
          break;
        case 1:
          Fixed();
          break;
        case 2:
          Dynamic();
          break;
        default:
          Stop(End::kBad);
      }
    }
    return {end_, std::move(out_), at_};
  }

 private:
  void Stop(End end) {
    if (end_ == End::kComplete) end_ = end;
  }
  bool is_running() const { return end_ == End::kComplete; }

  std::uint32_t Bits(std::uint32_t count) {
    while (bit_count_ < count) {
      if (at_ == in_.size()) {
        Stop(End::kShort);
        return 0;
      }
      bits_ |= std::uint32_t{in_[at_++]} << bit_count_;
      bit_count_ += 8;
    }
    const std::uint32_t value = bits_ & ((1U << count) - 1);
    bits_ >>= count;
    bit_count_ -= count;
    return value;
  }

  void Put(std::uint8_t byte) {
    if (out_.size() == max_out_) {
      Stop(End::kFull);
    } else {
      out_.push_back(byte);
    }
  }

  void Stored() {
    bits_ = 0;
    bit_count_ = 0;
    const std::uint32_t length = Bits(16);
    const std::uint32_t complement = Bits(16);
    if (is_running() && length != (~complement & 0xffffU)) Stop(End::kBad);
    for (std::uint32_t i = 0; i < length && is_running(); ++i) {
      Put(static_cast<std::uint8_t>(Bits(8)));
    }
  }

  std::size_t Symbol(const Huffman& code) {
    int word = 0;
    int first = 0;
    std::size_t index = 0;
    for (std::size_t bits = 1; bits <= kMaxCodeBits && is_running(); ++bits) {
      word |= static_cast<int>(Bits(1));
      const int count = code.counts[bits];
      if (word - count < first) return code.symbols[index + static_cast<std::size_t>(word - first)];
      index += static_cast<std::size_t>(count);
      first = (first + count) * 2;
      word *= 2;
    }
    Stop(End::kBad);
    return 0;
  }

  void Codes(const Huffman& literals, const Huffman& distances) {
    while (is_running()) {
      const std::size_t symbol = Symbol(literals);
      if (!is_running() || symbol == 256) return;
      if (symbol < 256) {
        Put(static_cast<std::uint8_t>(symbol));
        continue;
      }
      if (symbol - 257 >= kLengthBase.size()) return Stop(End::kBad);
      const std::size_t length = kLengthBase[symbol - 257] + Bits(kLengthExtra[symbol - 257]);
      const std::size_t distance_symbol = Symbol(distances);
      if (distance_symbol >= kDistanceBase.size()) return Stop(End::kBad);
      const std::size_t distance =
          kDistanceBase[distance_symbol] + Bits(kDistanceExtra[distance_symbol]);
      if (!is_running()) return;
      if (distance > out_.size()) return Stop(End::kBad);
      for (std::size_t i = 0; i < length && is_running(); ++i) Put(out_[out_.size() - distance]);
    }
  }

  void Fixed() {
    std::array<std::uint8_t, kMaxSymbols> lengths = {};
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    std::array<std::uint8_t, 30> distance_lengths = {};
    distance_lengths.fill(5);
    Huffman literals;
    Huffman distances;
    if (!literals.Build(lengths) || !distances.Build(distance_lengths)) return Stop(End::kBad);
    Codes(literals, distances);
  }

  void Dynamic() {
    const std::size_t literal_count = Bits(5) + 257;
    const std::size_t distance_count = Bits(5) + 1;
    const std::size_t code_count = Bits(4) + 4;
    if (literal_count > 286 || distance_count > 30) return Stop(End::kBad);
    std::array<std::uint8_t, 19> code_lengths = {};
    for (std::size_t i = 0; i < code_count; ++i) {
      code_lengths[kCodeLengthOrder[i]] = static_cast<std::uint8_t>(Bits(3));
    }
    Huffman codes;
    if (!codes.Build(code_lengths)) return Stop(End::kBad);

    std::array<std::uint8_t, 286 + 30> lengths = {};
    std::size_t at = 0;
    while (at < literal_count + distance_count && is_running()) {
      const std::size_t symbol = Symbol(codes);
      if (symbol < 16) {
        lengths[at++] = static_cast<std::uint8_t>(symbol);
        continue;
      }
      if (symbol == 16 && at == 0) return Stop(End::kBad);
      const std::uint8_t value = symbol == 16 ? lengths[at - 1] : std::uint8_t{0};
      const std::size_t repeat = symbol == 16   ? 3 + Bits(2)
                                 : symbol == 17 ? 3 + Bits(3)
                                                : 11 + Bits(7);
      if (repeat > literal_count + distance_count - at) return Stop(End::kBad);
      for (std::size_t i = 0; i < repeat; ++i) lengths[at++] = value;
    }
    if (!is_running()) return;
    if (lengths[256] == 0) return Stop(End::kBad);  // A block that could never end.
    Huffman literals;
    Huffman distances;
    if (!literals.Build(std::span(lengths).first(literal_count)) ||
        !distances.Build(std::span(lengths).subspan(literal_count, distance_count))) {
      return Stop(End::kBad);
    }
    Codes(literals, distances);
  }

  std::span<const std::uint8_t> in_;
  std::size_t max_out_;
  std::size_t at_ = 0;
  std::uint32_t bits_ = 0;
  std::uint32_t bit_count_ = 0;
  End end_ = End::kComplete;  // "Complete" while running: nothing else has happened.
  std::vector<std::uint8_t> out_;
};

}  // namespace

InflateReport InflateHead(std::span<const std::uint8_t> in, std::size_t max_out) {
  return Inflater(in, max_out).Run();
}

std::size_t GzipHeaderBytes(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kExtra = 4;
  constexpr std::uint8_t kFileName = 8;
  constexpr std::uint8_t kComment = 16;
  constexpr std::uint8_t kHeaderCrc = 2;
  if (bytes.size() < 18 || bytes[0] != 0x1f || bytes[1] != 0x8b || bytes[2] != 8) return 0;
  const std::uint8_t flags = bytes[3];
  if ((flags & 0xe0) != 0) return 0;
  std::size_t at = 10;
  if ((flags & kExtra) != 0) {
    const std::size_t extra = bytes[at] | (std::size_t{bytes[at + 1]} << 8);
    if (extra > bytes.size() - at - 2) return 0;
    at += 2 + extra;
  }
  for (const std::uint8_t flag : {kFileName, kComment}) {
    if ((flags & flag) == 0) continue;
    while (at < bytes.size() && bytes[at] != 0) ++at;
    if (at == bytes.size()) return 0;
    ++at;
  }
  if ((flags & kHeaderCrc) != 0) at += 2;
  return at < bytes.size() ? at : 0;
}

}  // namespace secai::quarantine

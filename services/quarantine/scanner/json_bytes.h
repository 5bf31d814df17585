#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "quarantine/scanner/byte_stream.h"
#include "quarantine/scanner/finding.h"

namespace secai::quarantine {

// The lexical part of strict JSON over the next `length` bytes of a stream. Each failure becomes
// one finding by the rules S-J*, and false is returned from then on. One thread.
class JsonBytes {
 public:
  // Precondition: length <= stream->remaining().
  JsonBytes(ByteStream* stream, std::uint64_t length, Findings* findings)
      : stream_(stream), left_(length), findings_(findings) {}

  // Offset in the file of the byte that Peek() shows.
  std::uint64_t position() const { return stream_->position() - piece_.size(); }

  // The next byte without taking it, or -1 at the end or after a read error.
  int Peek();
  void Drop();  // Takes the byte that Peek() showed.

  void SkipSpace();
  // Takes `wanted` after white space, or refuses with S-J2.
  bool Expect(char wanted);

  // A string of at most `max_bytes` after unescaping, with its quotes; over the limit is `rule`.
  bool String(std::string_view rule, std::size_t max_bytes, std::string* text);

  // A number made of digits only, without leading zero, at most `max`; anything else is `rule`.
  bool Integer(std::string_view rule, std::uint64_t max, std::uint64_t* value);

  // Only spaces (0x20) to the end (S-J4).
  bool ExpectPadding();

  bool Refuse(std::string_view rule, std::string_view reason, std::string_view tensor = {});
  bool is_refused() const { return is_refused_; }

 private:
  bool Escape(std::string* text);
  bool HexQuad(std::uint32_t* value);

  ByteStream* stream_;
  std::uint64_t left_;  // Bytes of the JSON text behind piece_.
  Findings* findings_;
  std::span<const std::uint8_t> piece_;
  bool is_refused_ = false;
};

}  // namespace secai::quarantine

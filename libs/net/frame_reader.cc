#include "net/frame_reader.h"

#include <cstring>
#include <utility>

#include <boost/endian/conversion.hpp>

namespace secai::net {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxWaitingFds = 4 * kMaxMessageFds;

}  // namespace

FrameReader::FrameReader(std::size_t max_frame_bytes) : max_frame_bytes_(max_frame_bytes) {}

std::span<char> FrameReader::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < kReadBytes / 2) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    // Grows only as bytes arrive, so a length that is announced and not sent costs nothing.
    if (buffer_.size() - end_ < kReadBytes / 2) buffer_.resize(end_ + kReadBytes);
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void FrameReader::Filled(std::size_t bytes) { end_ += bytes; }

Result<std::optional<std::string_view>> FrameReader::NextFrame() {
  if (end_ - begin_ < kHeaderBytes) return std::optional<std::string_view>();
  const auto* header = reinterpret_cast<const unsigned char*>(buffer_.data() + begin_);
  const std::size_t length = boost::endian::load_big_u32(header);
  if (length > max_frame_bytes_) {
    return Fail(ErrorCode::kInvalidArgument, "frame of " + std::to_string(length) + " bytes");
  }
  if (end_ - begin_ - kHeaderBytes < length) return std::optional<std::string_view>();
  const std::string_view text(buffer_.data() + begin_ + kHeaderBytes, length);
  begin_ += kHeaderBytes + length;
  last_frame_bytes_ = length;
  return std::optional(text);
}

Result<std::optional<Envelope>> FrameReader::Next() {
  for (;;) {
    TRY_ASSIGN(const auto text, NextFrame());
    if (!text.has_value()) break;
    TRY_ASSIGN(Envelope envelope, DecodeEnvelope(*text));
    const bool is_hello = envelope.kind == Envelope::Kind::kHello;
    if (is_hello == was_greeted_) {
      return Fail(ErrorCode::kInvalidArgument, is_hello ? "a second hello" : "no hello");
    }
    if (is_hello) {
      was_greeted_ = true;
      continue;
    }
    if (envelope.fd_count > fds_.size()) {
      return Fail(ErrorCode::kInvalidArgument, "a message without its descriptors");
    }
    for (std::size_t i = 0; i < envelope.fd_count; ++i) {
      envelope.message.fds.push_back(std::move(fds_.front()));
      fds_.pop_front();
    }
    return std::optional(std::move(envelope));
  }
  if (fds_.size() > kMaxWaitingFds) {
    return Fail(ErrorCode::kInvalidArgument, "descriptors that belong to no message");
  }
  return std::optional<Envelope>();
}

std::string MakeFrame(const std::string& text) {
  std::string frame(kHeaderBytes, '\0');
  boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(frame.data()),
                               static_cast<std::uint32_t>(text.size()));
  frame += text;
  return frame;
}

}  // namespace secai::net

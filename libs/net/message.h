#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::net {

// Largest frame body unless a link is made with another limit.
inline constexpr std::size_t kDefaultMaxFrameBytes = std::size_t{1} << 20;
// Links that carry conversations (gateway, inference, worker).
inline constexpr std::size_t kChatMaxFrameBytes = std::size_t{8} << 20;
// Descriptors that may travel with one message.
inline constexpr std::size_t kMaxMessageFds = 8;
inline constexpr int kProtocolVersion = 1;

// What one room says to another: a JSON object and the descriptors that go with it. Movable only.
struct Message {
  boost::json::object body;
  std::vector<UniqueFd> fds;
};

// What a frame holds (docs/formats/link.md): the message and where it belongs.
//   call    id, method, body, fds   a question; the caller chooses the id, unique on this link
//   item    id, body, fds           one part of a streaming answer
//   reply   id, body, fds           the last part, or the whole answer
//   error   id, code, message       the answer is an Error
//   cancel  id                      the caller does not want the answer any more; no reply is owed
//   hello   version                 first frame of either side
struct Envelope {
  enum class Kind : std::uint8_t { kHello, kCall, kItem, kReply, kError, kCancel };

  Kind kind = Kind::kCall;
  std::uint64_t id = 0;
  std::string method;  // Of a call: "room.verb", 1 to 64 bytes.
  Message message;
  Error error;               // Of an error.
  std::size_t fd_count = 0;  // Of a decoded envelope: how many descriptors belong to it.
};

// The JSON text of `envelope`, without the length in front. The descriptors travel beside it.
std::string EncodeEnvelope(const Envelope& envelope);

// Errors: kInvalidArgument for anything but an envelope of the form above; unknown members are
// refused. Trust: `text` comes from another process.
Result<Envelope> DecodeEnvelope(std::string_view text);

}  // namespace secai::net

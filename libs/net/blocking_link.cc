#include "net/blocking_link.h"

#include <span>
#include <string_view>

#include "net/fd_io.h"

namespace secai::net {

Result<Envelope> BlockingLink::Receive() {
  for (;;) {
    TRY_ASSIGN(auto envelope, reader_.Next());
    if (envelope.has_value()) return *std::move(envelope);
    TRY_ASSIGN(const IoCount count, ReceiveSome(socket_.get(), reader_.space(), reader_.fds()));
    reader_.Filled(count.bytes);
  }
}

Result<> BlockingLink::Send(Envelope envelope) {
  if (!has_greeted_) {
    Envelope hello;
    hello.kind = Envelope::Kind::kHello;
    TRY(SendFrame(MakeFrame(EncodeEnvelope(hello)), {}));
    has_greeted_ = true;
  }
  const std::string text = EncodeEnvelope(envelope);
  if (text.size() > max_frame_bytes_) {
    return Fail(ErrorCode::kInvalidArgument,
                "message of " + std::to_string(text.size()) + " bytes");
  }
  return SendFrame(MakeFrame(text), envelope.message.fds);
}

Result<> BlockingLink::SendFrame(const std::string& frame, const std::vector<UniqueFd>& fds) {
  std::string_view left = frame;
  std::span<const UniqueFd> attached = fds;
  while (!left.empty()) {
    TRY_ASSIGN(const IoCount count, SendSome(socket_.get(), left, attached));
    if (count.would_block) {
      return Fail(ErrorCode::kInternal, "a blocking link needs a blocking socket");
    }
    left.remove_prefix(count.bytes);
    attached = {};
  }
  return Ok();
}

}  // namespace secai::net

#include <cstdlib>
#include <string_view>

#include "sandbox/spawner_wire.h"

// What a taken-over room may send to its spawner: whatever is accepted is within the limits, and
// encodes back to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  const auto request = secai::sandbox::DecodeRequest(packet);
  if (request.has_value()) {
    if (request->arguments.size() > secai::sandbox::kMaxSpawnerArguments) std::abort();
    if (secai::sandbox::EncodeRequest(*request) != packet) std::abort();
  }
  const auto reply = secai::sandbox::DecodeReply(packet);
  if (reply.has_value() && size <= secai::sandbox::kMaxSpawnerPacketBytes &&
      secai::sandbox::EncodeReply(*reply) != packet) {
    std::abort();
  }
  return 0;
}

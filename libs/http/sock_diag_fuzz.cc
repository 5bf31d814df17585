// Invariant: whatever the bytes, a user is named only when an ESTABLISHED state and an inode stand
// in them; and the text reader agrees that no bytes name a user for ends that are all zero without
// saying so.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "http/sock_diag_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  secai::http::SocketEndpoints ends;
  ends.own_address = {127, 0, 0, 1};
  ends.peer_address = {127, 0, 0, 1};
  ends.own_port = 8480;
  ends.peer_port = 40'000;
  const auto answer = secai::http::ParseSockDiagAnswer(bytes, ends, 7);
  if (answer.uid.has_value()) {
    if (!answer.is_ours || size < sizeof(nlmsghdr) + sizeof(inet_diag_msg)) std::abort();
    // Both ports, in network order, must be in the bytes.
    if (bytes.find("\x9c\x40\x21\x20") == std::string_view::npos) std::abort();
  }
  const auto listed = secai::http::FindInProcNet(bytes, ends);
  if (listed.has_value()) {
    if (bytes.find("0100007F:9C40") == std::string_view::npos) std::abort();
    if (bytes.find("0100007F:2120") == std::string_view::npos) std::abort();
  }
  return 0;
}

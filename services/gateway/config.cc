#include "gateway/config.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace secai::gateway {

Result<std::vector<std::uint32_t>> ParseOwnerUids(std::string_view text) {
  constexpr std::size_t kMaxUids = 64;
  std::vector<std::uint32_t> uids;
  while (true) {
    const std::string_view part = text.substr(0, text.find(','));
    std::uint32_t uid = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), uid);
    if (parsed.ec != std::errc() || parsed.ptr != part.data() + part.size() ||
        uids.size() == kMaxUids) {
      return Fail(ErrorCode::kInvalidArgument, "--owner-uids: not a list of users, as 0,1000");
    }
    uids.push_back(uid);
    if (part.size() == text.size()) return uids;
    text.remove_prefix(part.size() + 1);
  }
}

}  // namespace secai::gateway

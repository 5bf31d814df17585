#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secai::gateway {

// Settings of the gateway; the defaults are those of the shipped policy.
struct Config {
  std::uint64_t max_model_bytes = std::uint64_t{50} << 30;  // models.max_model_size_gb
  std::vector<std::uint32_t> owner_uids;                    // --owner-uids 0,1000
};

// Reads "0,1000". Errors: kInvalidArgument for anything but 1 to 64 uids.
Result<std::vector<std::uint32_t>> ParseOwnerUids(std::string_view text);

}  // namespace secai::gateway

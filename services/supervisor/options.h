#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "service/arguments.h"

namespace secai::supervisor {

// What `secai up` asks for.
struct Options {
  enum class Action : std::uint8_t { kRun, kDetach, kStop };

  std::string root;           // Absolute.
  std::uint16_t port = 8480;  // The base port: the user interface's. 0: any free one.
  Action action = Action::kRun;
};

// The other listeners keep their distance to the base port, from -10 (registry) to +10 (airlock),
// and need no rights: so a base port is 1034 to 65525.
inline constexpr int kLowestPort = 1034;
inline constexpr int kHighestPort = 65525;

// Reads --root DIR (absolute), --port N, --action run|detach|stop.
// Errors: kInvalidArgument, a sentence for the owner.
Result<Options> ParseOptions(const service::Arguments& arguments);

// Whom the gateway treats as the owner: who runs this and, under sudo, who called sudo. No uid
// twice.
std::vector<uid_t> OwnerUids(uid_t own_uid, const std::optional<std::string>& sudo_uid);

}  // namespace secai::supervisor

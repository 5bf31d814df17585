#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace secai::supervisor {

// One room as the supervisor knows it.
struct RoomSpec {
  std::string_view name;  // Also the executable's, beside the supervisor's own.
  // At the first start it waits until these are ready. A later restart of theirs does not concern
  // it.
  std::vector<std::string_view> needs;
  // Gets the listeners, sock_diag, --port and --owner-uids: the only door for people.
  bool is_door = false;
};

// All rooms, in the order of start; they are stopped in the reverse order (decisions.md, section
// 2). A room whose executable is absent is not part of the build and is left out.
std::span<const RoomSpec> AllRooms();

}  // namespace secai::supervisor

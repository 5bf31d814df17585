#include "supervisor/rooms.h"

namespace secai::supervisor {

std::span<const RoomSpec> AllRooms() {
  static const std::vector<RoomSpec> rooms = {
      {.name = "audit", .needs = {}},
      {.name = "registry", .needs = {"audit"}},
      {.name = "quarantine", .needs = {"audit", "registry"}},
      {.name = "inference", .needs = {"audit", "registry"}},
      {.name = "gateway",
       .needs = {"audit", "registry", "quarantine", "inference"},
       .is_door = true},
  };
  return rooms;
}

}  // namespace secai::supervisor

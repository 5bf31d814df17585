#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sandbox/profile.h"
#include "world.h"

namespace secai::containment {

// One line of the suite: a room's real profile, and which attempts it may make. Everything else
// must be refused; what it may do in the folders it takes from the world follows from how it takes
// them.
struct Room {
  std::string name;
  std::function<sandbox::Profile(World&)> profile;
  std::vector<std::string> may;
  // Attempts whose answer differs between the levels of the kernel: not judged.
  std::vector<std::string> depends = {};
};

std::vector<Room> Rooms();

}  // namespace secai::containment

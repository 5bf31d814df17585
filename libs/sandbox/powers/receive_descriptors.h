#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Using descriptors that other rooms send: looking at their seals (F_GET_SEALS), at the size of
// pipes, and mapping them. Receiving itself is part of BaseIo; this header says in a room's
// sandbox.cc that its powers grow by what it is sent.
struct ReceiveDescriptors {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox

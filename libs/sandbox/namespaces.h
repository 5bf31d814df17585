#pragma once

#include "base/result.h"

namespace secai::sandbox {

// Moves this process into network, IPC and host-name namespaces of its own: directly when it may,
// else by way of a user namespace. The new network namespace has one interface, a loopback that is
// down. With `keeps_user_mapped`, a user namespace maps this uid and gid to themselves; it needs
// /proc then. Needs one thread. Errors: kInternal, naming the step. Limits: sockets that are open
// stay in the namespace they were made in.
Result<> EnterNamespaces(bool keeps_user_mapped);

// Root becomes nobody (uid and gid 65534, no groups); anyone else stays who he is.
Result<> BecomeNobody();

}  // namespace secai::sandbox

#pragma once

#include "base/result.h"
#include "net/blocking_link.h"

namespace secai::quarantine {

// Answers one `scanner.scan` on `link` (docs/links.md): items while it goes on, then the report.
//
// A request that is not understood is answered with an error; a file that cannot be judged with a
// report that refuses it. Errors: the link's own, when the caller hung up or broke the protocol.
Result<> ServeOneScan(net::BlockingLink* link);

}  // namespace secai::quarantine

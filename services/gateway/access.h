#pragma once

#include "gateway/api_error.h"
#include "http/guard.h"
#include "http/message.h"

namespace secai::gateway {

// The one authorisation function: may `request` reach a route of `route_class`?
//
// Everything http/guard.h says, and keys: until the vault holds API keys there are none, so a key
// of ours ("secai_…", in Authorization or x-api-key) is refused wherever it comes from. What other
// SDKs send as a placeholder is ignored for the owner, who needs no key. Errors: 401, 403 or 415.
// Thread-safety: a pure function.
ApiResult<> Authorize(const http::Request& request, http::RouteClass route_class,
                      const http::GuardPolicy& policy);

}  // namespace secai::gateway

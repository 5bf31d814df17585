#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace secai::http {

// What a route is for; decides who may ask (docs/decisions: who is asking).
enum class RouteClass : std::uint8_t {
  kAnyone,      // /healthz, /readyz.
  kPage,        // The page and its assets.
  kOwner,       // Status, initialize, unlock, lock, panic: a browser needs no session for them.
  kOwnerState,  // Everything else of the owner.
  kSession,     // Conversations, keys, passphrase, recovery, backup: our page only.
  kClientApi,   // /v1 and the other client shapes.
};

// Settings of one listener.
struct GuardPolicy {
  std::vector<std::uint32_t> owner_uids;
  bool allows_browsers = true;  // False on every port but the page's.
};

struct GuardVerdict {
  int status = 200;              // 200 (go on), 401, 403 or 415.
  std::string_view reason = {};  // One sentence of our own; never a piece of the request.
  bool is_browser = false;
  bool is_owner = false;
};

// Decides whether a request may reach a route. The whole rule:
// - Host must be exactly localhost:PORT, 127.0.0.1:PORT or [::1]:PORT of the port connected to (on
// a
//   Unix socket: "localhost", or one with any port).
// - A browser request carries Origin, Sec-Fetch-Site, Sec-Fetch-Dest or Cookie. Its Origin, if
// sent,
//   must be "http://" and the Host; its Sec-Fetch-Site must be same-origin ("none" only for GET of
//   the page); with a body it must say JSON or multipart (octet-stream too: it is not a "simple"
//   type either). Ports that serve no page, and Unix sockets, refuse browsers.
// - Owner: an owner uid beyond doubt, and no Forwarded, Via or X-Forwarded-* header.
// - A foreigner gets kAnyone; 401 on kClientApi; else 403. kSession is for a browser of the owner.
// Until there is a vault there are no sessions and no keys: a same-origin page of the owner is
// enough. Thread-safety: a pure function. Trust: headers come from the client. Limits of the
// protection: another program of the same user is the owner.
GuardVerdict JudgeRequest(const Request& request, RouteClass route, const GuardPolicy& policy);

}  // namespace secai::http

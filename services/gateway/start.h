#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/config.h"
#include "http/owner_peer.h"
#include "http/static_files.h"
#include "service/service.h"

namespace secai::gateway {

// The steps of the start that open things, before the sandbox.

// The policy and the command line. Errors: kInvalidArgument, naming line or argument.
Result<Config> LoadConfig(const service::ServiceContext& service);

// Who finds the owner of a connection: sock_diag when it was passed, else /proc/net/tcp{,6}.
// Errors: kUnavailable when there is neither: then nobody would be the owner.
Result<std::unique_ptr<http::OwnerPeer>> OpenOwnerPeer(service::ServiceContext* service);

// The page: the folder --ui DIR, else share/secai/ui beside libexec, else dist below the folder
// the build made (SECAI_UI_FOLDER). None when there is no such folder; an error when its content is
// refused.
Result<std::optional<http::StaticFiles>> LoadPage(const service::ServiceContext& service);

}  // namespace secai::gateway

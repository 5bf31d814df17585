#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>

#include "audit/api/audit_client.h"
#include "registry/registry.h"

namespace secai::registry {

// Hashes every model again after each `interval`, gently, until it is cancelled; records how many
// were checked and how many differed. The first round begins after one interval. Ownership: borrows
// both, which outlive the coroutine.
boost::asio::awaitable<void> VerifyForever(Registry* registry, audit::AuditClient* audit,
                                           std::chrono::milliseconds interval);

// One round. A model that cannot be read is counted neither way and logged.
boost::asio::awaitable<audit::events::RegistryVerified> VerifyOnce(Registry* registry);

}  // namespace secai::registry

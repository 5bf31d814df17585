#include "registry/verifier.h"

#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"

namespace secai::registry {

namespace asio = boost::asio;

asio::awaitable<audit::events::RegistryVerified> VerifyOnce(Registry* registry) {
  std::vector<crypto::Digest> digests;
  for (const auto& [name, item] : registry->catalog().items()) {
    if (!item.is_withdrawn) digests.push_back(item.model.sha256);
  }
  audit::events::RegistryVerified round;
  for (const crypto::Digest& sha256 : digests) {
    const Result<> checked = co_await registry->Verify(sha256, Pace::kGentle);
    if (checked.has_value()) {
      ++round.models;
    } else if (checked.error().code == ErrorCode::kCorrupt) {
      ++round.models;
      ++round.mismatches;
    } else if (checked.error().code != ErrorCode::kNotFound) {
      log::Warn("registry.not_verified", {{"reason", checked.error().message}});
    }
  }
  co_return round;
}

asio::awaitable<void> VerifyForever(Registry* registry, audit::AuditClient* audit,
                                    std::chrono::milliseconds interval) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(interval);
    co_await timer.async_wait(asio::use_awaitable);
    const audit::events::RegistryVerified round = co_await VerifyOnce(registry);
    if (round.models == 0) continue;
    if (const auto recorded = co_await audit->Record(round); !recorded.has_value()) {
      log::Warn("registry.round_not_audited", {{"reason", recorded.error().message}});
    }
  }
}

}  // namespace secai::registry

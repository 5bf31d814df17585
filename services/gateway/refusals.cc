#include "gateway/refusals.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "audit/api/audit_client.h"
#include "base/log.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

void RefusalCounter::Add(std::string reason, std::string who) {
  std::pair<std::string, std::string> key(std::move(reason), std::move(who));
  if (!kinds_.contains(key) && kinds_.size() >= kMaxKinds) key = {"many reasons", "others"};
  ++kinds_[std::move(key)].count;
}

std::vector<audit::events::GatewayRequestRefused> RefusalCounter::TakeDue(TimePoint now) {
  std::vector<audit::events::GatewayRequestRefused> due;
  for (auto kind = kinds_.begin(); kind != kinds_.end();) {
    const bool is_due = !kind->second.told.has_value() || now >= *kind->second.told + kInterval;
    if (is_due && kind->second.count == 0) {
      kind = kinds_.erase(kind);  // Quiet for a whole interval: its place is free again.
      continue;
    }
    if (is_due) {
      due.push_back({.reason = kind->first.first,
                     .who = kind->first.second,
                     .count = std::exchange(kind->second.count, 0)});
      kind->second.told = now;
    }
    ++kind;
  }
  return due;
}

std::optional<RefusalCounter::TimePoint> RefusalCounter::NextDue(TimePoint now) const {
  std::optional<TimePoint> next;
  for (const auto& [key, kind] : kinds_) {
    if (kind.count == 0) continue;
    const TimePoint due = kind.told.has_value() ? *kind.told + kInterval : now;
    next = next.has_value() ? std::min(*next, due) : due;
  }
  return next;
}

std::string WhoAsked(const http::Request& request) {
  std::string who = request.peer.uid.has_value() ? "uid " + std::to_string(*request.peer.uid)
                                                 : std::string("unknown user");
  const http::Headers& headers = request.headers;
  if (headers.Has("origin") || headers.Has("sec-fetch-site") || headers.Has("cookie")) {
    who += ", browser";
  }
  return who;
}

void RefusalReporter::Note(std::string reason, std::string who) {
  counter_.Add(std::move(reason), std::move(who));
  timer_.cancel();
}

asio::awaitable<void> RefusalReporter::Run() {
  using Clock = std::chrono::steady_clock;
  audit::AuditClient client(audit_);
  while (true) {
    const auto due = counter_.NextDue(Clock::now());
    timer_.expires_at(due.value_or(Clock::time_point::max()));
    if (!due.has_value() || *due > Clock::now()) co_await timer_.async_wait(kUseTuple);
    for (const auto& event : counter_.TakeDue(Clock::now())) {
      const auto recorded = co_await client.Record(event);
      if (recorded.has_value()) continue;
      // Not lost: the service log has it, and at most once a minute a kind.
      log::Warn("gateway.refusal_not_audited", {{"reason", event.reason}, {"count", event.count}});
    }
  }
}

}  // namespace secai::gateway

#include "supervisor/audit_reporter.h"

#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"

namespace secai::supervisor {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::milliseconds kTellBudget{5000};
constexpr std::chrono::milliseconds kRetryPause{200};

}  // namespace

AuditReporter::AuditReporter(asio::any_io_executor executor, net::Caller* audit)
    : audit_(audit), changed_(executor) {}

void AuditReporter::Report(audit::Event event) {
  if (waiting_.size() == kMaxWaiting) {
    waiting_.pop_front();
    ++dropped_;
  }
  waiting_.push_back(std::move(event));
  changed_.Notify();
}

asio::awaitable<void> AuditReporter::Run() {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    while (waiting_.empty()) co_await changed_.Wait();
    if (co_await TellOldest()) continue;
    pause.expires_after(kRetryPause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> AuditReporter::Drain(std::chrono::milliseconds budget) {
  const auto deadline = std::chrono::steady_clock::now() + budget;
  while (!waiting_.empty() || is_telling_) {
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
    const auto woken = co_await (changed_.Wait() || timer.async_wait(kUseTuple));
    if (woken.index() == 1) co_return;
  }
}

asio::awaitable<bool> AuditReporter::TellOldest() {
  // Taken out first: while audit thinks, a full queue may drop its oldest.
  audit::Event event = std::move(waiting_.front());
  waiting_.pop_front();
  const std::size_t dropped = std::exchange(dropped_, 0);
  net::Message request;
  request.body["event"] = event.name;
  boost::json::object fields = event.fields;
  if (dropped > 0) fields["dropped"] = dropped;
  request.body["fields"] = std::move(fields);
  is_telling_ = true;
  const auto told = co_await audit_->Call("audit.record", std::move(request), kTellBudget);
  is_telling_ = false;
  changed_.Notify();
  if (told.has_value()) co_return true;
  if (told.error().code != ErrorCode::kUnavailable) {
    // Audit will never take this one; trying again would hold up all that follow.
    log::Error("supervisor.audit_refused",
               {{"event", event.name}, {"reason", told.error().message}});
    co_return true;
  }
  dropped_ += dropped;
  waiting_.push_front(std::move(event));
  co_return false;
}

}  // namespace secai::supervisor

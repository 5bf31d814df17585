#include "quarantine/quarantine_server.h"

#include <chrono>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>

#include "base/json_fields.h"
#include "base/log.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::chrono::seconds kAuditBudget(10);
constexpr std::chrono::milliseconds kWatchPause(100);  // At most ten items a second.
// A claim's JSON may be large (100 findings a stage): items stay far below a frame.
constexpr std::size_t kClaimsPerItem = 16;

bool IsOver(ClaimState state) {
  return state == ClaimState::kRejected || state == ClaimState::kPromoted ||
         state == ClaimState::kDiscarded;
}

Result<std::string> IdOf(const net::Message& request) {
  TRY(RefuseUnknownMembers(request.body, {"id"}));
  return GetString(request.body, "id", 64);
}

net::Message Reply(json::object body) {
  net::Message reply;
  reply.body = std::move(body);
  return reply;
}

}  // namespace

QuarantineServer::QuarantineServer(ClaimStore* store, Intake* intake, Pipeline* pipeline,
                                   net::Caller* audit, const Clock* clock, Intake::SpawnFn spawn)
    : store_(store),
      intake_(intake),
      pipeline_(pipeline),
      audit_(audit),
      clock_(clock),
      spawn_(std::move(spawn)) {}

asio::awaitable<Result<net::Message>> QuarantineServer::Handle(std::string peer, std::string method,
                                                               net::Message request,
                                                               net::ItemSink* items) {
  if (method == "quarantine.withdraw") {
    if (peer != "registry")
      co_return Fail(ErrorCode::kDenied, "only the registry withdraws models");
    co_return co_await Withdraw(std::move(request));
  }
  if (peer != "gateway") co_return Fail(ErrorCode::kDenied, "this room may not ask that");
  if (method == "quarantine.begin") co_return co_await Begin(std::move(request));
  if (method == "quarantine.commit") co_return co_await Commit(std::move(request));
  if (method == "quarantine.list") co_return ListAll();
  if (method == "quarantine.watch") co_return co_await Watch(items);
  if (method == "quarantine.abort") {
    CO_TRY_ASSIGN(const std::string id, GetString(request.body, "id", 64));
    CO_TRY(intake_->Abort(id));
    co_return net::Message{};
  }
  if (method == "quarantine.get" || method == "quarantine.discard" ||
      method == "quarantine.resubmit") {
    CO_TRY_ASSIGN(std::string id, IdOf(request));
    if (method == "quarantine.get") co_return Get(id);
    if (method == "quarantine.discard") co_return co_await Discard(std::move(id));
    co_return co_await Resubmit(std::move(id));
  }
  co_return Fail(ErrorCode::kNotFound, "unknown method");
}

asio::awaitable<Result<net::Message>> QuarantineServer::Begin(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"name", "bytes", "source"}));
  CO_TRY_ASSIGN(std::string name, GetString(request.body, "name"));
  CO_TRY_ASSIGN(const auto bytes, GetOptionalUint(request.body, "bytes"));
  CO_TRY_ASSIGN(std::string source, GetString(request.body, "source", 4096));
  CO_TRY_ASSIGN(Intake::Begun begun, intake_->Begin(std::move(name), bytes, std::move(source)));
  net::Message reply;
  reply.body["id"] = begun.id;
  reply.fds.push_back(std::move(begun.pipe));
  co_return reply;
}

asio::awaitable<Result<net::Message>> QuarantineServer::Commit(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"id", "bytes"}));
  CO_TRY_ASSIGN(const std::string id, GetString(request.body, "id", 64));
  CO_TRY_ASSIGN(const std::uint64_t bytes, GetUint(request.body, "bytes"));
  CO_TRY(co_await intake_->Commit(id, bytes));
  CO_TRY_ASSIGN(net::Message reply, Get(id));
  const Claim& claim = *store_->Find(id);
  const auto recorded = co_await Record(
      "quarantine.received",
      {{"id", id}, {"name", claim.name}, {"bytes", claim.bytes}, {"source", claim.source}});
  // The bytes are safe; the pipeline waits for the log by itself before it decides anything.
  if (!recorded.has_value())
    log::Warn("quarantine.audit_missing", {{"why", recorded.error().message}});
  StartPipeline(id);
  co_return reply;
}

asio::awaitable<Result<net::Message>> QuarantineServer::Discard(std::string id) {
  const Claim* found = store_->Find(id);
  if (found == nullptr || found->state == ClaimState::kDiscarded) {
    co_return Fail(ErrorCode::kNotFound, "no such claim");
  }
  if (!IsOver(found->state)) co_return Fail(ErrorCode::kDenied, "the checks are still running");
  Claim claim = *found;
  CO_TRY(co_await Record("quarantine.discarded",
                         {{"id", id}, {"name", claim.name}, {"reason", "on request"}}));
  CO_TRY(store_->RemoveFromDisk(id));
  claim.state = ClaimState::kDiscarded;
  claim.finished_at = clock_->Now();
  store_->Show(std::move(claim));
  co_return net::Message{};
}

asio::awaitable<Result<net::Message>> QuarantineServer::Resubmit(std::string id) {
  const Claim* found = store_->Find(id);
  if (found == nullptr) co_return Fail(ErrorCode::kNotFound, "no such claim");
  if (found->state != ClaimState::kRejected) {
    co_return Fail(ErrorCode::kDenied, IsOver(found->state)
                                           ? "only a rejected file can be submitted again"
                                           : "the checks are still running");
  }
  Claim claim = *found;
  claim.state = ClaimState::kReceived;
  claim.stages = {};
  claim.stage = 0;
  claim.attempts = 0;
  claim.rejection.reset();
  claim.finished_at.reset();
  CO_TRY(store_->Save(claim));  // At once, so that a second click finds it running.
  CO_TRY(co_await Record("quarantine.resubmitted", {{"id", id}, {"name", claim.name}}));
  StartPipeline(id);
  co_return Get(id);
}

asio::awaitable<Result<net::Message>> QuarantineServer::Watch(net::ItemSink* items) {
  std::uint64_t version = 0;
  for (bool is_first = true;; is_first = false) {
    auto changes = store_->ChangesSince(version);
    version = changes.version;
    for (std::size_t i = 0; i < changes.claims.size() || (is_first && i == 0);
         i += kClaimsPerItem) {
      json::array claims;
      for (std::size_t j = i; j < changes.claims.size() && j < i + kClaimsPerItem; ++j) {
        claims.emplace_back(ClaimToJson(changes.claims[j]));
      }
      CO_TRY(co_await items->Send(Reply({{"claims", std::move(claims)}})));
    }
    asio::steady_timer pause(co_await asio::this_coro::executor, kWatchPause);
    co_await pause.async_wait(asio::use_awaitable);
    while (store_->ChangesSince(version).claims.empty()) co_await store_->changed()->Wait();
  }
}

asio::awaitable<Result<net::Message>> QuarantineServer::Withdraw(net::Message request) {
  CO_TRY_ASSIGN(const std::string sha256, GetString(request.body, "sha256", 64));
  CO_TRY_ASSIGN(const std::string reason, GetString(request.body, "reason", 1024));
  CO_TRY(co_await Record("quarantine.withdrawn", {{"sha256", sha256}, {"reason", reason}}));
  for (Claim& claim : store_->List()) {
    if (claim.sha256 != sha256 || claim.state != ClaimState::kPromoted) continue;
    claim.state = ClaimState::kRejected;
    claim.rejection =
        Rejection{.stage = 3, .rule = "INT-5", .offset = std::nullopt, .reason = reason};
    CO_TRY(store_->Save(std::move(claim)));
  }
  co_return net::Message{};
}

Result<net::Message> QuarantineServer::Get(std::string_view id) const {
  const Claim* claim = store_->Find(id);
  if (claim == nullptr) return Fail(ErrorCode::kNotFound, "no such claim");
  return Reply({{"claim", ClaimToJson(*claim)}});
}

Result<net::Message> QuarantineServer::ListAll() const {
  json::array claims;
  for (const Claim& claim : store_->List()) claims.emplace_back(ClaimToJson(claim));
  return Reply({{"claims", std::move(claims)}});
}

asio::awaitable<Result<>> QuarantineServer::Record(std::string event, json::object fields) {
  net::Message request;
  request.body = {{"event", std::move(event)}, {"fields", std::move(fields)}};
  CO_TRY(co_await audit_->Call("audit.record", std::move(request), kAuditBudget));
  co_return Ok();
}

void QuarantineServer::StartPipeline(const std::string& id) {
  spawn_("pipeline", pipeline_->Run(id));
}

Result<> QuarantineServer::Recover() {
  for (const std::string& name : store_->unreadable()) {
    log::Error("quarantine.journal_unreadable", {{"id", name}});
  }
  for (Claim& claim : store_->List()) {
    if (claim.state == ClaimState::kReceiving) {
      log::Info("quarantine.rolled_back", {{"id", claim.id}});
      TRY(store_->RemoveFromDisk(claim.id));
      claim.state = ClaimState::kDiscarded;
      store_->Show(std::move(claim));
    } else if (claim.state == ClaimState::kPromoted) {
      TRY(store_->RemoveArtifact(claim.id));  // The last step before was cut off.
    } else if (!IsOver(claim.state)) {
      StartPipeline(claim.id);
    }
  }
  return Ok();
}

}  // namespace secai::quarantine

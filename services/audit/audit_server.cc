#include "audit/audit_server.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "audit/entry.h"
#include "audit/log_reader.h"
#include "base/json_fields.h"
#include "base/time_text.h"
#include "net/run_on_pool.h"

namespace secai::audit {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMaxTailEntries = 1000;

Result<Event> ParseRecord(const std::string& peer, const json::object& body) {
  TRY(RefuseUnknownMembers(body, {"event", "fields"}));
  Event event;
  TRY_ASSIGN(event.name, GetString(body, "event", kMaxEventNameBytes));
  TRY_ASSIGN(const json::object* fields, GetObject(body, "fields"));
  if (!IsEventName(event.name)) {
    return Fail(ErrorCode::kInvalidArgument, "event: not of the form room.past_participle");
  }
  // The link is the identity: nobody speaks in another's name.
  if (RoomOf(event.name) != peer) {
    return Fail(ErrorCode::kDenied, "a room records its own events only");
  }
  event.fields = *fields;
  return event;
}

Result<TailRequest> ParseTail(const json::object& body) {
  TRY(RefuseUnknownMembers(body, {"limit", "after_seq", "before_seq", "event_prefix"}));
  TailRequest request;
  TRY_ASSIGN(request.limit, GetUint(body, "limit", kMaxTailEntries));
  if (request.limit == 0) return Fail(ErrorCode::kInvalidArgument, "limit: must be 1 to 1000");
  TRY_ASSIGN(request.after_seq, GetOptionalUint(body, "after_seq"));
  TRY_ASSIGN(request.before_seq, GetOptionalUint(body, "before_seq"));
  TRY_ASSIGN(const auto prefix, GetOptionalString(body, "event_prefix", kMaxEventNameBytes));
  request.event_prefix = prefix.value_or("");
  return request;
}

json::object ToJson(const Entry& entry) {
  return {{"seq", entry.seq},
          {"time", FormatTime(entry.time)},
          {"room", entry.room},
          {"event", entry.event},
          {"fields", entry.fields}};
}

}  // namespace

boost::asio::awaitable<Result<net::Message>> AuditServer::Handle(std::string peer,
                                                                 std::string method,
                                                                 net::Message request,
                                                                 net::ItemSink*) {
  if (method == "audit.record") co_return co_await Record(std::move(peer), std::move(request));
  if (method == "audit.tail") {
    if (peer != "gateway") co_return Fail(ErrorCode::kDenied, "only the gateway reads the log");
    co_return co_await Tail(std::move(request));
  }
  co_return Fail(ErrorCode::kNotFound, "audit: no such method");
}

boost::asio::awaitable<Result<net::Message>> AuditServer::Record(std::string peer,
                                                                 net::Message request) {
  CO_TRY_ASSIGN(Event event, ParseRecord(peer, request.body));
  CO_TRY_ASSIGN(const std::uint64_t seq, co_await writer_->Record(peer, std::move(event)));
  net::Message reply;
  reply.body["seq"] = seq;
  co_return reply;
}

boost::asio::awaitable<Result<net::Message>> AuditServer::Tail(net::Message request) {
  CO_TRY_ASSIGN(const TailRequest tail, ParseTail(request.body));
  const std::uint64_t last_seq = writer_->last_seq();
  const std::uint64_t end = writer_->durable_bytes();
  const auto read = [this, tail, end]() -> Result<TailPage> {
    TRY_ASSIGN(const auto file, folder_->OpenForReading(kLogFileName));
    return ReadTail(file.get(), end, tail);
  };
  CO_TRY_ASSIGN(const TailPage page, co_await net::RunOnPool(pool_, read));
  net::Message reply;
  json::array entries;
  for (const Entry& entry : page.entries) entries.push_back(ToJson(entry));
  reply.body["entries"] = std::move(entries);
  reply.body["last_seq"] = last_seq;
  if (page.oldest_seq > 0) reply.body["oldest_seq"] = page.oldest_seq;
  if (page.damaged_lines > 0) reply.body["damaged_lines"] = page.damaged_lines;
  co_return reply;
}

}  // namespace secai::audit

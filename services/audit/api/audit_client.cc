#include "audit/api/audit_client.h"

#include "base/json_fields.h"

namespace secai::audit {

boost::asio::awaitable<Result<std::uint64_t>> AuditClient::Record(
    Event event, std::chrono::milliseconds budget) {
  net::Message request;
  request.body["event"] = event.name;
  request.body["fields"] = std::move(event.fields);
  CO_TRY_ASSIGN(const net::Message reply,
                co_await room_->Call("audit.record", std::move(request), budget));
  co_return GetUint(reply.body, "seq");
}

boost::asio::awaitable<Result<boost::json::object>> AuditClient::Tail(
    TailRequest request, std::chrono::milliseconds budget) {
  net::Message message;
  message.body["limit"] = request.limit;
  if (request.after_seq.has_value()) message.body["after_seq"] = *request.after_seq;
  if (request.before_seq.has_value()) message.body["before_seq"] = *request.before_seq;
  if (!request.event_prefix.empty()) message.body["event_prefix"] = request.event_prefix;
  CO_TRY_ASSIGN(net::Message reply, co_await room_->Call("audit.tail", std::move(message), budget));
  co_return std::move(reply.body);
}

}  // namespace secai::audit

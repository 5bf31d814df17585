#include "inference/worker/testing/worker_driver.h"

#include <utility>

#include <sys/socket.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/check.h"

namespace secai::inference::testing {

namespace json = boost::json;

std::string WorkerDriver::Outcome::text() const {
  std::string all;
  for (const json::object& item : items) {
    if (const json::value* text = item.if_contains("text")) all += std::string(text->as_string());
  }
  return all;
}

std::unique_ptr<WorkerDriver> WorkerDriver::Start(sandbox::Spawner* spawner) {
  int ends[2] = {-1, -1};
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  auto child = spawner->Spawn({}, {theirs.get()});
  CHECK(child.has_value());
  return std::unique_ptr<WorkerDriver>(new WorkerDriver(*std::move(child), std::move(ours)));
}

std::uint64_t WorkerDriver::Send(std::string method, json::object body, std::vector<UniqueFd> fds) {
  net::Envelope call;
  call.kind = net::Envelope::Kind::kCall;
  call.id = next_id_++;
  call.method = std::move(method);
  call.message.body = std::move(body);
  call.message.fds = std::move(fds);
  const std::uint64_t id = call.id;
  outcomes_[id] = {};
  if (auto sent = link_.Send(std::move(call)); !sent.has_value()) {
    outcomes_[id].reply = tl::unexpected<Error>(sent.error());
    outcomes_[id].has_ended = true;
  }
  return id;
}

void WorkerDriver::Cancel(std::uint64_t id) {
  net::Envelope cancel;
  cancel.kind = net::Envelope::Kind::kCancel;
  cancel.id = id;
  CHECK(link_.Send(std::move(cancel)).has_value());
}

Result<> WorkerDriver::ReceiveOne() {
  TRY_ASSIGN(net::Envelope envelope, link_.Receive());
  Outcome& outcome = outcomes_[envelope.id];
  switch (envelope.kind) {
    case net::Envelope::Kind::kItem:
      outcome.items.push_back(std::move(envelope.message.body));
      break;
    case net::Envelope::Kind::kReply:
      outcome.reply = std::move(envelope.message.body);
      outcome.has_ended = true;
      break;
    case net::Envelope::Kind::kError:
      outcome.reply = tl::unexpected<Error>(envelope.error);
      outcome.has_ended = true;
      break;
    default:
      return Fail(ErrorCode::kInvalidArgument, "a worker only answers");
  }
  return Ok();
}

WorkerDriver::Outcome WorkerDriver::Wait(std::uint64_t id) {
  while (!outcomes_[id].has_ended) {
    if (auto received = ReceiveOne(); !received.has_value()) {
      outcomes_[id].reply = tl::unexpected<Error>(received.error());
      outcomes_[id].has_ended = true;
    }
  }
  return outcomes_[id];
}

Result<json::object> WorkerDriver::Load(UniqueFd memory, int context_tokens, int sequences) {
  std::vector<UniqueFd> fds;
  fds.push_back(std::move(memory));
  return Wait(Send("worker.load",
                   {{"context_tokens", context_tokens},
                    {"sequences", sequences},
                    {"threads", 0},
                    {"name", "test"}},
                   std::move(fds)))
      .reply;
}

std::uint64_t WorkerDriver::SendGenerate(json::object request) {
  if (!request.contains("identity")) request["identity"] = "me";
  if (!request.contains("temperature")) request["temperature"] = 0;
  return Send("worker.generate", std::move(request));
}

json::array UserSays(std::string_view text) {
  return {json::object{{"role", "user"}, {"content", text}}};
}

}  // namespace secai::inference::testing

#include "gateway/testing/fake_rooms.h"

#include <array>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace secai::gateway::testing {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

net::Message ListOf(std::string_view name, const std::vector<json::object>& objects) {
  json::array list;
  for (const json::object& object : objects) list.push_back(object);
  net::Message message;
  message.body[name] = std::move(list);
  return message;
}

const json::object* FindBy(const std::vector<json::object>& objects, std::string_view name,
                           const std::string& value) {
  for (const json::object& object : objects) {
    if (Text(object, name) == value) return &object;
  }
  return nullptr;
}

// Counts how a generation ended: a cancelled coroutine leaves through here too.
struct CancelMark {
  explicit CancelMark(FakeRooms* owner) : rooms(owner) { ++rooms->generating; }
  CancelMark(const CancelMark&) = delete;
  CancelMark& operator=(const CancelMark&) = delete;
  ~CancelMark() {
    --rooms->generating;
    if (!is_done) ++rooms->cancelled;
  }
  FakeRooms* rooms;
  bool is_done = false;
};

}  // namespace

void FakeRooms::FailNext(std::string method, Error error) {
  fails_method_ = std::move(method);
  failure_ = std::move(error);
}

void FakeRooms::AddModel(const std::string& name, char digest_letter) {
  json::object model;
  model["name"] = name;
  model["sha256"] = std::string(64, digest_letter);
  model["size"] = 1000;
  model["format"] = "gguf";
  model["status"] = "admitted";
  model["runnable"] = true;
  model["promoted_at"] = "2026-11-24T00:00:00.000Z";
  models.push_back(std::move(model));
}

asio::awaitable<Result<net::Message>> FakeRooms::Handle(std::string /*peer*/, std::string method,
                                                        net::Message request, net::ItemSink* sink) {
  if (method == fails_method_) {
    fails_method_.clear();
    co_return tl::unexpected<Error>(failure_);
  }
  if (method.ends_with(".watch")) co_return co_await Watch(std::move(method), sink);
  if (method.starts_with("registry.")) {
    co_return co_await Registry(std::move(method), std::move(request));
  }
  if (method.starts_with("inference.")) {
    co_return co_await Inference(std::move(method), std::move(request), sink);
  }
  if (method.starts_with("quarantine.")) {
    co_return co_await Quarantine(std::move(method), std::move(request));
  }
  if (method == "audit.tail") {
    last_tail = request.body;
    net::Message reply = ListOf("entries", entries);
    reply.body["last_seq"] = entries.size();
    co_return reply;
  }
  if (method == "audit.record") {
    records.push_back(request.body);
    net::Message reply;
    reply.body["seq"] = records.size();
    co_return reply;
  }
  if (method == "control.state") {
    json::object room;
    room["name"] = "gateway";
    room["state"] = "ready";
    room["seccomp"] = 2;
    room["no_new_privs"] = true;
    co_return ListOf("rooms", {room});
  }
  co_return Fail(ErrorCode::kNotFound, "no method " + method);
}

FakeRooms::Reply FakeRooms::Registry(std::string method, net::Message request) {
  if (method == "registry.list") co_return ListOf("models", models);
  if (method == "registry.verify_all") {
    net::Message reply;
    reply.body["ok"] = is_intact;
    reply.body["results"] = json::array();
    co_return reply;
  }
  const std::string name = Text(request.body, "name");
  const json::object* model = FindBy(models, "name", name);
  if (model == nullptr) co_return Fail(ErrorCode::kNotFound, "no model of that name");
  net::Message reply;
  if (method == "registry.get") {
    reply.body["model"] = *model;
  } else if (method == "registry.remove") {
    std::erase_if(models, [&](const json::object& one) { return Text(one, "name") == name; });
  } else if (method == "registry.verify") {
    reply.body["ok"] = is_intact;
    reply.body["detail"] = is_intact ? "" : "the digest differs";
  }
  co_return reply;
}

FakeRooms::Reply FakeRooms::Inference(std::string method, net::Message request,
                                      net::ItemSink* sink) {
  if (method == "inference.generate") co_return co_await Generate(std::move(request), sink);
  net::Message reply;
  if (method == "inference.state") {
    reply = ListOf("models", states);
  } else if (method == "inference.estimate") {
    reply.body["fits"] = fits;
    reply.body["peak_bytes"] = 5;
    reply.body["available_bytes"] = 10;
  } else if (method == "inference.load") {
    reply.body["state"] = "loading";
    last_generate = request.body;
  }
  co_return reply;
}

FakeRooms::Reply FakeRooms::Generate(net::Message request, net::ItemSink* sink) {
  last_generate = request.body;
  CancelMark mark(this);
  net::Message started;
  started.body["started"] = true;
  CO_TRY(co_await sink->Send(std::move(started)));
  for (const json::object& item : items) {
    net::Message message;
    message.body = item;
    CO_TRY(co_await sink->Send(std::move(message)));
  }
  if (hangs) {
    asio::steady_timer timer(executor_, asio::steady_timer::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
  }
  mark.is_done = true;
  if (item_error.has_value()) co_return tl::unexpected<Error>(*item_error);
  net::Message reply;
  reply.body = end;
  co_return reply;
}

FakeRooms::Reply FakeRooms::Watch(std::string method, net::ItemSink* sink) {
  ++watchers;
  const bool is_claims = method == "quarantine.watch";
  const auto snapshot = [&] {
    if (is_claims) return ListOf("claims", claims);
    return ListOf("models", method == "inference.watch" ? states : models);
  };
  CO_TRY(co_await sink->Send(snapshot()));
  while (true) {
    co_await changed_.Wait();
    net::Message change = snapshot();
    if (is_claims && !claims_change.empty()) change.body = claims_change;
    CO_TRY(co_await sink->Send(std::move(change)));
  }
}

FakeRooms::Reply FakeRooms::BeginUpload(net::Message request) {
  last_begin = request.body;
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    co_return Fail(ErrorCode::kInternal, "no pipe");
  }
  ++uploads;
  received.clear();
  is_at_end_ = false;
  auto pipe = std::make_shared<asio::posix::stream_descriptor>(executor_, ends[0]);
  asio::co_spawn(executor_, ReadPipe(pipe), asio::detached);
  net::Message reply;
  reply.body["id"] = "claim-1";
  reply.fds.emplace_back(ends[1]);
  co_return reply;
}

asio::awaitable<void> FakeRooms::ReadPipe(std::shared_ptr<asio::posix::stream_descriptor> pipe) {
  std::array<char, 65536> chunk = {};
  while (true) {
    while (reads_slowly) co_await changed_.Wait();
    const auto [error, got] = co_await pipe->async_read_some(asio::buffer(chunk), kUseTuple);
    if (error) break;
    received.append(chunk.data(), got);
    if (received.size() > stops_after) break;
  }
  is_at_end_ = true;
  changed_.Notify();
}

FakeRooms::Reply FakeRooms::Quarantine(std::string method, net::Message request) {
  if (method == "quarantine.begin") co_return co_await BeginUpload(std::move(request));
  if (method == "quarantine.list") co_return ListOf("claims", claims);
  net::Message reply;
  if (method == "quarantine.commit") {
    while (!is_at_end_) co_await changed_.Wait();
    if (request.body.at("bytes").to_number<std::size_t>() != received.size()) {
      co_return Fail(ErrorCode::kInvalidArgument, "bytes: another number came");
    }
    ++commits;
    reply.body["claim"] = json::object();
    co_return reply;
  }
  if (method == "quarantine.abort") {
    ++aborts;
    co_return reply;
  }
  const json::object* claim = FindBy(claims, "id", Text(request.body, "id"));
  if (claim == nullptr) co_return Fail(ErrorCode::kNotFound, "no such claim");
  reply.body["claim"] = *claim;
  co_return reply;
}

}  // namespace secai::gateway::testing

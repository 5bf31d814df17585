#include "gateway/events.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "http/sse.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
// Silence is normal for a watch: nothing changed. The link itself tells when the room has gone.
constexpr std::chrono::hours kSilence{24 * 365};

std::string_view MethodOf(EventHub::Source source) {
  switch (source) {
    case EventHub::Source::kClaims:
      return "quarantine.watch";
    case EventHub::Source::kModels:
      return "inference.watch";
    case EventHub::Source::kRegistry:
      break;
  }
  return "registry.watch";
}

std::string ClaimsEvent(const std::map<std::string, json::object>& claims) {
  json::array list;
  for (const auto& [id, claim] : claims) list.push_back(claim);
  json::object body;
  body["claims"] = std::move(list);
  return http::EncodeSseEvent("claims", json::serialize(body));
}

}  // namespace

asio::awaitable<void> EventHub::Follow(Source source, net::Caller* room,
                                       std::chrono::milliseconds pause) {
  asio::steady_timer timer(executor_);
  while (true) {
    auto stream = co_await room->Open(std::string(MethodOf(source)), net::Message());
    if (stream.has_value() && source == Source::kClaims) claims_.clear();  // All come again.
    while (stream.has_value()) {
      const auto item = co_await stream.value()->Next(kSilence);
      if (!item.has_value() || !item->has_value()) break;
      Take(source, **item);
    }
    timer.expires_after(pause);
    co_await timer.async_wait(kUseTuple);
  }
}

asio::awaitable<Result<std::string>> EventHub::Reader::Next() {
  while (queue_.empty() && !is_cut_off_) co_await changed_.Wait();
  if (is_cut_off_) co_return Fail(ErrorCode::kUnavailable, "the reader was too slow");
  std::string events;
  for (const auto& event : queue_) events += *event;
  queue_.clear();
  queued_bytes_ = 0;
  co_return events;
}

Result<std::shared_ptr<EventHub::Reader>> EventHub::Join() {
  if (reader_count() >= kMaxReaders) {
    return Fail(ErrorCode::kUnavailable, "too many readers of events");
  }
  auto reader = std::make_shared<Reader>(executor_);
  const auto push = [&](std::string event) {
    if (!event.empty()) Push(reader.get(), std::make_shared<const std::string>(std::move(event)));
  };
  push(ClaimsEvent(claims_));
  push(models_event_);
  push(registry_event_);
  readers_.push_back(reader);
  return reader;
}

std::size_t EventHub::reader_count() {
  std::erase_if(readers_, [](const std::weak_ptr<Reader>& reader) { return reader.expired(); });
  return readers_.size();
}

void EventHub::Take(Source source, const net::Message& item) {
  if (source != Source::kClaims) {
    const bool is_models = source == Source::kModels;
    std::string event =
        http::EncodeSseEvent(is_models ? "models" : "registry", json::serialize(item.body));
    (is_models ? models_event_ : registry_event_) = event;
    Send(event);
    return;
  }
  const json::value* claims = item.body.if_contains("claims");
  if (claims == nullptr || !claims->is_array()) return;
  for (const json::value& claim : claims->get_array()) {
    const json::object* object = claim.if_object();
    const json::value* id = object == nullptr ? nullptr : object->if_contains("id");
    if (id == nullptr || !id->is_string()) continue;
    const std::string key(id->get_string());
    const json::value* state = object->if_contains("state");
    const bool has_gone = state != nullptr && *state == "discarded";
    has_gone ? static_cast<void>(claims_.erase(key))
             : static_cast<void>(claims_.insert_or_assign(key, *object));
  }
  Send(http::EncodeSseEvent("claims", json::serialize(item.body)));
}

void EventHub::Send(const std::string& event) {
  const auto shared = std::make_shared<const std::string>(event);
  for (const auto& weak : readers_) {
    if (const auto reader = weak.lock(); reader != nullptr) Push(reader.get(), shared);
  }
}

void EventHub::Push(Reader* reader, std::shared_ptr<const std::string> event) {
  if (reader->is_cut_off_) return;
  reader->queued_bytes_ += event->size();
  if (reader->queued_bytes_ > kMaxQueuedBytes) {
    reader->is_cut_off_ = true;
    reader->queue_.clear();
  } else {
    reader->queue_.push_back(std::move(event));
  }
  reader->changed_.Notify();
}

}  // namespace secai::gateway

#include "registry/registry_server.h"

#include <optional>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_fields.h"

namespace secai::registry {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// Who alone may ask; a method that is not here is everybody's.
std::string_view OnlyPeerOf(std::string_view method) {
  if (method == "registry.open") return "inference";
  if (method == "registry.admit") return "quarantine";
  if (method == "registry.remove" || method == "registry.verify" ||
      method == "registry.verify_all") {
    return "gateway";
  }
  return "";
}

// Without the admission records: those of many models are larger than a frame.
net::Message ListOf(const Catalog& catalog) {
  json::array models;
  for (const auto& [name, item] : catalog.items()) {
    models.push_back(EntryOf(item.model, item.status(), WithAdmission::kNo));
  }
  net::Message message;
  message.body["models"] = std::move(models);
  return message;
}

Result<crypto::Digest> ParseDigest(const json::object& body) {
  TRY_ASSIGN(const std::string text, GetString(body, "sha256"));
  return crypto::Digest::Parse(text);
}

Result<const Catalog::Item*> Find(const Catalog& catalog, const json::object& body) {
  TRY(RefuseUnknownMembers(body, {"name", "sha256"}));
  if (body.contains("name") == body.contains("sha256")) {
    return Fail(ErrorCode::kInvalidArgument, "name or sha256 is needed, one of them");
  }
  const Catalog::Item* item = nullptr;
  if (body.contains("name")) {
    TRY_ASSIGN(const std::string name, GetString(body, "name"));
    item = catalog.FindByName(name);
  } else {
    TRY_ASSIGN(const crypto::Digest sha256, ParseDigest(body));
    item = catalog.FindByDigest(sha256);
  }
  if (item == nullptr) return Fail(ErrorCode::kNotFound, "no such model is admitted");
  return item;
}

// What a check found out. Errors that say nothing about the model stay errors.
Result<json::object> VerdictOf(const Result<>& checked) {
  if (checked.has_value()) return json::object{{"ok", true}, {"detail", "SHA-256 matches"}};
  if (checked.error().code != ErrorCode::kCorrupt) return tl::unexpected<Error>(checked.error());
  return json::object{{"ok", false}, {"detail", checked.error().message}};
}

}  // namespace

asio::awaitable<Result<net::Message>> RegistryServer::Handle(std::string peer, std::string method,
                                                             net::Message request,
                                                             net::ItemSink* items) {
  if (const std::string_view only = OnlyPeerOf(method); !only.empty() && peer != only) {
    co_return Fail(ErrorCode::kDenied, "this is not asked by " + peer);
  }
  if (!registry_.has_value()) {
    const ErrorCode code = peer == "quarantine" ? ErrorCode::kUnavailable : registry_.error().code;
    co_return Fail(code, registry_.error().message);
  }
  if (method == "registry.list") co_return ListOf((*registry_)->catalog());
  if (method == "registry.get") co_return co_await Get(std::move(request));
  if (method == "registry.open") co_return co_await Open(std::move(request));
  if (method == "registry.admit") co_return co_await Admit(std::move(request));
  if (method == "registry.remove") co_return co_await Remove(std::move(request));
  if (method == "registry.verify") co_return co_await Verify(std::move(request));
  if (method == "registry.verify_all") co_return co_await VerifyAll();
  if (method == "registry.watch") co_return co_await Watch(items);
  co_return Fail(ErrorCode::kNotFound, "registry: no such method");
}

asio::awaitable<Result<net::Message>> RegistryServer::Get(net::Message request) {
  CO_TRY_ASSIGN(const Catalog::Item* item, Find((*registry_)->catalog(), request.body));
  net::Message reply;
  reply.body["model"] = EntryOf(item->model, item->status(), WithAdmission::kYes);
  co_return reply;
}

asio::awaitable<Result<net::Message>> RegistryServer::Open(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"sha256"}));
  CO_TRY_ASSIGN(const crypto::Digest sha256, ParseDigest(request.body));
  CO_TRY_ASSIGN(storage::SealedCopy copy, co_await (*registry_)->OpenSealed(sha256));
  net::Message reply;
  reply.body["bytes"] = copy.bytes;
  reply.fds.push_back(std::move(copy.memory));
  co_return reply;
}

asio::awaitable<Result<net::Message>> RegistryServer::Admit(net::Message request) {
  if (request.fds.size() != 1) {
    co_return Fail(ErrorCode::kInvalidArgument, "exactly one descriptor is needed");
  }
  CO_TRY_ASSIGN(Model model, ParseAdmission(request.body, clock_->Now()));
  CO_TRY_ASSIGN(const Model admitted,
                co_await (*registry_)->Admit(std::move(model), std::move(request.fds[0])));
  net::Message reply;
  reply.body["model"] = EntryOf(admitted, "admitted", WithAdmission::kYes);
  co_return reply;
}

asio::awaitable<Result<net::Message>> RegistryServer::Remove(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"name"}));
  CO_TRY_ASSIGN(const std::string name, GetString(request.body, "name"));
  CO_TRY(co_await (*registry_)->Remove(name));
  co_return net::Message{};
}

asio::awaitable<Result<net::Message>> RegistryServer::Verify(net::Message request) {
  CO_TRY_ASSIGN(const Catalog::Item* item, Find((*registry_)->catalog(), request.body));
  const Result<> checked = co_await (*registry_)->Verify(item->model.sha256, Pace::kFull);
  net::Message reply;
  CO_TRY_ASSIGN(reply.body, VerdictOf(checked));
  co_return reply;
}

asio::awaitable<Result<net::Message>> RegistryServer::VerifyAll() {
  std::vector<std::pair<std::string, crypto::Digest>> models;
  for (const auto& [name, item] : (*registry_)->catalog().items()) {
    models.emplace_back(name, item.model.sha256);
  }
  json::array results;
  bool is_ok = true;
  for (const auto& [name, sha256] : models) {
    const Result<> checked = co_await (*registry_)->Verify(sha256, Pace::kFull);
    if (!checked.has_value() && checked.error().code == ErrorCode::kNotFound) continue;  // Removed.
    CO_TRY_ASSIGN(json::object verdict, VerdictOf(checked));
    is_ok = is_ok && checked.has_value();
    verdict["name"] = name;
    results.push_back(std::move(verdict));
  }
  net::Message reply;
  reply.body["ok"] = is_ok;
  reply.body["results"] = std::move(results);
  co_return reply;
}

asio::awaitable<Result<net::Message>> RegistryServer::Watch(net::ItemSink* items) {
  Registry* registry = registry_->get();
  while (true) {
    const std::uint64_t seen = registry->version();
    CO_TRY(co_await items->Send(ListOf(registry->catalog())));
    co_await registry->WaitForChange(seen);
  }
}

}  // namespace secai::registry

#include "registry/api/registry_client.h"

#include <utility>

#include "base/json_fields.h"

namespace secai::registry {

namespace asio = boost::asio;
namespace json = boost::json;

asio::awaitable<Result<json::array>> RegistryClient::List(std::chrono::milliseconds budget) {
  CO_TRY_ASSIGN(const net::Message reply,
                co_await room_->Call("registry.list", net::Message{}, budget));
  CO_TRY_ASSIGN(const json::array* models, GetArray(reply.body, "models"));
  co_return *models;
}

asio::awaitable<Result<json::object>> RegistryClient::GetByName(std::string name,
                                                                std::chrono::milliseconds budget) {
  json::object body;
  body["name"] = name;
  co_return co_await Get(std::move(body), budget);
}

asio::awaitable<Result<json::object>> RegistryClient::GetByDigest(
    std::string sha256, std::chrono::milliseconds budget) {
  json::object body;
  body["sha256"] = sha256;
  co_return co_await Get(std::move(body), budget);
}

asio::awaitable<Result<json::object>> RegistryClient::Get(json::object body,
                                                          std::chrono::milliseconds budget) {
  net::Message request;
  request.body = std::move(body);
  CO_TRY_ASSIGN(const net::Message reply,
                co_await room_->Call("registry.get", std::move(request), budget));
  CO_TRY_ASSIGN(const json::object* model, GetObject(reply.body, "model"));
  co_return *model;
}

asio::awaitable<Result<OpenedModel>> RegistryClient::Open(std::string sha256,
                                                          std::chrono::milliseconds budget) {
  net::Message request;
  request.body["sha256"] = sha256;
  CO_TRY_ASSIGN(net::Message reply,
                co_await room_->Call("registry.open", std::move(request), budget));
  if (reply.fds.size() != 1) co_return Fail(ErrorCode::kCorrupt, "the registry sent no model");
  OpenedModel opened;
  CO_TRY_ASSIGN(opened.bytes, GetUint(reply.body, "bytes"));
  opened.memory = std::move(reply.fds[0]);
  co_return opened;
}

}  // namespace secai::registry

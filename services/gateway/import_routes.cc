// Uploads, raw or multipart, and what becomes of them.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "gateway/json_http.h"
#include "gateway/routes.h"
#include "gateway/upload.h"
#include "http/multipart.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
// The form around a file: boundaries and headers.
constexpr std::uint64_t kFormBytes = std::uint64_t{16} << 10;

ApiError TooLarge() {
  return {
      .status = 413, .message = "the file is larger than the policy allows", .code = "too_large"};
}

// Gives the bytes of the body, out of their form if there is one, to quarantine.
class Import {
 public:
  Import(Parts* parts, Call* call) : parts_(parts), call_(call) {}

  asio::awaitable<ApiResult<>> Run() {
    const http::Request& request = call_->request();
    name_ = request.target.QueryValue("name").value_or("");
    if (request.headers.Find("content-type").value_or("").starts_with("multipart/")) {
      auto reader = http::MultipartReader::Create(*request.headers.Find("content-type"));
      if (!reader.has_value()) co_return Refuse(FromFieldError(reader.error()));
      form_.emplace(*std::move(reader));
    } else {
      SECAI_CO_API_TRY(co_await Begin(request.content_length));
    }
    std::string piece(kPieceBytes, '\0');
    while (true) {
      const auto got = co_await call_->exchange->ReadSome(piece.data(), piece.size());
      if (!got.has_value()) co_return Refuse(FromBodyError(got.error()));
      if (*got == 0) break;
      SECAI_CO_API_TRY(co_await Take(piece.data(), *got));
    }
    if (form_.has_value() && !form_->is_finished()) {
      co_return Refuse(BadRequest("the multipart body ends too early"));
    }
    if (upload_ == nullptr) co_return Refuse(BadRequest("there is no file in the body"));
    co_return ApiResult<>();
  }

  Upload* upload() { return upload_.get(); }

 private:
  asio::awaitable<ApiResult<>> Begin(std::optional<std::uint64_t> bytes) {
    if (name_.empty()) {
      co_return Refuse(BadRequest("name: say how the file is called, as ?name=FILE", "name"));
    }
    SECAI_CO_API_ASSIGN(upload_, co_await Upload::Begin(parts_->rooms.quarantine, name_, bytes));
    co_return ApiResult<>();
  }

  // `data` stays alive until the coroutine has finished.
  asio::awaitable<ApiResult<>> Take(const char* data, std::size_t size) {
    std::string file;
    if (form_.has_value()) {
      const Result<> pushed = form_->Push(std::string_view(data, size), &file);
      if (!pushed.has_value()) co_return Refuse(FromFieldError(pushed.error()));
      if (form_->file_name().empty()) co_return ApiResult<>();
      if (upload_ == nullptr) {
        name_ = form_->file_name();
        SECAI_CO_API_TRY(co_await Begin(std::nullopt));
      }
      data = file.data();
      size = file.size();
    }
    if (upload_->bytes() + size > parts_->config->max_model_bytes) co_return Refuse(TooLarge());
    SECAI_CO_API_TRY(co_await upload_->Write(data, size));
    parts_->metrics->CountUploadBytes(size);
    co_return ApiResult<>();
  }

  Parts* parts_;
  Call* call_;
  std::string name_;
  std::optional<http::MultipartReader> form_;
  std::unique_ptr<Upload> upload_;
};

asio::awaitable<ApiResult<json::object>> AskAboutClaim(Parts* parts, std::string method,
                                                       std::string id) {
  json::object question;
  question["id"] = std::move(id);
  auto reply =
      co_await Ask(parts->rooms.quarantine, "quarantine", std::move(method), std::move(question));
  // An id that quarantine would never give is one that it does not have.
  if (!reply.has_value() && (reply.error().status == 404 || reply.error().status == 400)) {
    co_return Refuse({.status = 404, .message = "there is no such import", .code = "not_found"});
  }
  co_return reply;
}

// The claim; refuses one that is still on its way.
asio::awaitable<ApiResult<json::object>> FindResting(Parts* parts, std::string id) {
  SECAI_CO_API_ASSIGN(json::object reply,
                      co_await AskAboutClaim(parts, "quarantine.get", std::move(id)));
  const auto claim = GetObject(reply, "claim");
  const auto state =
      claim.has_value() ? GetString(**claim, "state") : Result<std::string>(std::string());
  if (!state.has_value()) {
    co_return Refuse({.status = 500, .message = "quarantine answered in a wrong form"});
  }
  if (*state == "receiving" || *state == "received" || *state == "checking") {
    co_return Refuse({.status = 409, .message = "the import is still running", .code = "running"});
  }
  co_return reply;
}

}  // namespace

Answer HandleImport(Parts* parts, Call* call) {
  const http::Request& request = call->request();
  if (!request.has_body) co_return Refuse(BadRequest("there is no file in the body"));
  if (request.content_length.value_or(0) > parts->config->max_model_bytes + kFormBytes) {
    co_return Refuse(TooLarge());
  }
  Import import(parts, call);
  const ApiResult<> received = co_await import.Run();
  if (!received.has_value()) {
    const bool has_gone = received.error().status == 408;
    if (import.upload() != nullptr) {
      co_await import.upload()->Abort(has_gone ? "the client went away" : "the upload was refused");
    }
    co_return Refuse(received.error());
  }
  json::object body;
  SECAI_CO_API_ASSIGN(body["id"], co_await import.upload()->Commit());
  co_return JsonResponse(202, body);
}

Answer HandleImportStatus(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object reply,
                      co_await AskAboutClaim(parts, "quarantine.get", call->parameter("id")));
  const auto claim = GetObject(reply, "claim");
  if (!claim.has_value()) {
    co_return Refuse({.status = 500, .message = "quarantine answered in a wrong form"});
  }
  co_return JsonResponse(200, **claim);
}

Answer HandleQuarantineDiscard(Parts* parts, Call* call) {
  SECAI_CO_API_TRY(co_await FindResting(parts, call->parameter("id")));
  SECAI_CO_API_TRY(co_await AskAboutClaim(parts, "quarantine.discard", call->parameter("id")));
  json::object body;
  body["success"] = true;
  co_return JsonResponse(200, body);
}

Answer HandleQuarantineResubmit(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxSmallBodyBytes, true));
  const Result<> known = RefuseUnknownMembers(body, {});
  if (!known.has_value()) co_return Refuse(FromFieldError(known.error()));
  SECAI_CO_API_TRY(co_await FindResting(parts, call->parameter("id")));
  SECAI_CO_API_ASSIGN(const json::object reply,
                      co_await AskAboutClaim(parts, "quarantine.resubmit", call->parameter("id")));
  const auto claim = GetObject(reply, "claim");
  co_return JsonResponse(202, claim.has_value() ? **claim : json::object());
}

}  // namespace secai::gateway

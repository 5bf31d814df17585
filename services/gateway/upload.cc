#include "gateway/upload.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "gateway/json_http.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);
// Writing everything to a slow disk after the last byte.
constexpr std::chrono::minutes kCommitBudget{10};
constexpr std::chrono::seconds kWriteBudget{120};

ApiError NoRoom() {
  return {
      .status = 507, .message = "there is not enough free space for this file", .code = "no_space"};
}

bool IsAboutSpace(std::string_view text) { return text.find("space") != std::string_view::npos; }

}  // namespace

asio::awaitable<ApiResult<std::unique_ptr<Upload>>> Upload::Begin(
    net::Caller* quarantine, std::string name, std::optional<std::uint64_t> bytes) {
  net::Message question;
  question.body["name"] = std::move(name);
  question.body["source"] = "local";
  if (bytes.has_value()) question.body["bytes"] = *bytes;
  auto reply = co_await quarantine->Call("quarantine.begin", std::move(question), kRoomBudget);
  if (!reply.has_value()) {
    const Error& error = reply.error();
    const bool has_no_room = error.code == ErrorCode::kUnavailable && IsAboutSpace(error.message);
    co_return Refuse(has_no_room ? NoRoom() : FromRoomError(error, "quarantine"));
  }
  const auto id = GetString(reply->body, "id", 128);
  if (!id.has_value() || reply->fds.size() != 1) {
    co_return Refuse({.status = 500, .message = "quarantine answered in a wrong form"});
  }
  boost::system::error_code error;
  asio::posix::stream_descriptor pipe(co_await asio::this_coro::executor);
  pipe.assign(reply->fds.front().get(), error);
  if (!error) {
    static_cast<void>(reply->fds.front().Release());  // `pipe` owns it now.
    pipe.non_blocking(true, error);
  }
  if (error) co_return Refuse({.status = 500, .message = "the pipe of quarantine is of no use"});
  co_return std::unique_ptr<Upload>(new Upload(quarantine, *id, std::move(pipe)));
}

asio::awaitable<ApiResult<>> Upload::Write(const char* data, std::size_t size) {
  asio::steady_timer timer(pipe_.get_executor(), kWriteBudget);
  asio::posix::stream_descriptor* pipe = &pipe_;
  timer.async_wait([pipe](const boost::system::error_code& error) {
    if (!error) pipe->cancel();
  });
  const auto [error, written] =
      co_await asio::async_write(pipe_, asio::buffer(data, size), kUseTuple);
  timer.cancel();
  if (error) co_return Refuse(co_await WhyStopped());
  bytes_ += written;
  co_return ApiResult<>();
}

asio::awaitable<ApiError> Upload::WhyStopped() {
  json::object question;
  question["id"] = id_;
  const auto reply = co_await Ask(quarantine_, "quarantine", "quarantine.get", std::move(question));
  const auto claim =
      reply.has_value() ? GetObject(*reply, "claim") : Result<const json::object*>(nullptr);
  const auto rejection = claim.has_value() && *claim != nullptr
                             ? GetOptionalObject(**claim, "rejection")
                             : Result<const json::object*>(nullptr);
  const auto reason = rejection.has_value() && *rejection != nullptr
                          ? GetString(**rejection, "reason")
                          : Result<std::string>(std::string());
  if (reason.has_value() && IsAboutSpace(*reason)) co_return NoRoom();
  co_return ApiError{.status = 503,
                     .message = "quarantine stopped taking the file; try again",
                     .code = "unavailable",
                     .retry_after_seconds = 2};
}

asio::awaitable<ApiResult<std::string>> Upload::Commit() {
  pipe_.close();
  json::object question;
  question["id"] = id_;
  question["bytes"] = bytes_;
  const auto reply = co_await Ask(quarantine_, "quarantine", "quarantine.commit",
                                  std::move(question), kCommitBudget);
  if (reply.has_value()) co_return id_;
  // What the disk refused at the very end is told by the claim.
  if (reply.error().status == 503) co_return Refuse(co_await WhyStopped());
  co_return Refuse(reply.error());
}

asio::awaitable<void> Upload::Abort(std::string reason) {
  boost::system::error_code ignored;  // It may be closed already.
  pipe_.close(ignored);
  json::object question;
  question["id"] = id_;
  question["reason"] = std::move(reason);
  // An abort that does not arrive is the same as a pipe closed without a commit.
  static_cast<void>(
      co_await Ask(quarantine_, "quarantine", "quarantine.abort", std::move(question)));
}

}  // namespace secai::gateway

#include "http/connection.h"

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "http/body_parser.h"
#include "http/connection_parts.h"
#include "http/head.h"
#include "http/response_head.h"

namespace secai::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kLingerBytes = std::size_t{4} << 20;
constexpr std::chrono::milliseconds kLingerBudget{1000};

// How one request ended: whether the next may come.
enum class After : std::uint8_t { kNext, kLinger, kClose };

// Sends `response`; `head` says what the client can take.
asio::awaitable<After> Send(ByteStream* stream, const ServerLimits* limits, Response response,
                            bool is_head, bool is_http_1_0, bool keeps_alive) {
  const bool has_no_body = response.status == 204 || response.status == 304;
  ResponseFraming framing;
  framing.keeps_alive = keeps_alive && !response.closes && !(response.stream && is_http_1_0);
  if (response.stream) {
    framing.is_chunked = !is_http_1_0 && !has_no_body;
  } else if (!has_no_body) {
    framing.content_length =
        response.shared_body != nullptr ? response.shared_body->size() : response.body.size();
  }
  std::string bytes = EncodeResponseHead(response, framing);
  const bool sends_body = !is_head && !has_no_body;
  if (sends_body && !response.stream && response.shared_body == nullptr) bytes += response.body;
  auto shared = sends_body && !response.stream ? response.shared_body : nullptr;
  const Result<> sent =
      co_await stream->Write(std::move(bytes), std::move(shared), limits->write_budget);
  if (!sent.has_value()) co_return After::kClose;
  if (sends_body && response.stream) {
    const Result<> streamed = co_await SendStream(stream, &response, framing.is_chunked, limits);
    if (!streamed.has_value()) co_return After::kClose;
  }
  co_return framing.keeps_alive ? After::kNext : After::kLinger;
}

asio::awaitable<After> ServeOne(ByteStream* stream, InputBuffer* input,
                                const ConnectionContext* context, bool* is_first) {
  const ServerLimits& limits = *context->limits;
  const HeadRead read = co_await ReadHead(stream, input, &limits, std::exchange(*is_first, false));
  if (read.is_closed) co_return After::kClose;
  Result<Head> head =
      read.status == 200
          ? ParseHead(read.bytes)
          : Result<Head>(Fail(ErrorCode::kInvalidArgument, std::string(read.reason)));
  auto parser =
      head.has_value()
          ? BodyParser::Create(read.bytes)
          : Result<std::unique_ptr<BodyParser>>(tl::unexpected<Error>(std::move(head).error()));
  if (!parser.has_value()) {
    ++context->stats->broken_requests;
    const int status = read.status == 200 ? 400 : read.status;
    Response refusal = context->service->Refuse(status, parser.error().message);
    co_await Send(stream, &limits, std::move(refusal), false, false, false);
    co_return After::kLinger;
  }
  ++context->stats->requests;
  ConnectionExchange exchange(stream, input, parser->get(), &limits, *head);
  exchange.SetPeer(context->peer, context->own_port);
  Response response;
  std::exception_ptr thrown;
  try {
    response = co_await context->service->Handle(&exchange);
  } catch (const std::exception&) {
    thrown = std::current_exception();
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return After::kClose;
  if (thrown != nullptr) response = context->service->Refuse(500, "internal error");
  // What is left of a body would be read as the next request; so there is none.
  const bool is_whole = parser.value()->is_done();
  const After after =
      co_await Send(stream, &limits, std::move(response), head->method == Method::kHead,
                    head->is_http_1_0, head->keeps_alive && is_whole);
  co_return after;
}

}  // namespace

asio::awaitable<void> ServeConnection(std::unique_ptr<ByteStream> stream,
                                      ConnectionContext context) {
  InputBuffer input;
  bool is_first = true;
  After after = After::kNext;
  while (after == After::kNext) {
    after = co_await ServeOne(stream.get(), &input, &context, &is_first);
  }
  if (after == After::kLinger) co_await stream->Linger(kLingerBytes, kLingerBudget);
  stream->Close();
}

}  // namespace secai::http

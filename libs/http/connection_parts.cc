#include "http/connection_parts.h"

#include <algorithm>
#include <utility>

namespace secai::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

// What is left of a budget that began at `start`; at least 1 ms, so that a wait always has an end.
milliseconds Left(steady_clock::time_point start, milliseconds budget) {
  const auto used = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  return std::max(budget - used, milliseconds(1));
}

HeadRead Refused(int status, std::string_view reason) {
  HeadRead read;
  read.status = status;
  read.reason = reason;
  return read;
}

HeadRead Closed() {
  HeadRead read;
  read.is_closed = true;
  return read;
}

}  // namespace

asio::awaitable<Result<std::size_t>> InputBuffer::Fill(ByteStream* stream, milliseconds budget) {
  bytes_.erase(0, used_);
  used_ = 0;
  const std::size_t size = bytes_.size();
  bytes_.resize(size + kReadBytes);
  const Result<std::size_t> got =
      co_await stream->ReadSome(bytes_.data() + size, kReadBytes, budget);
  bytes_.resize(size + got.value_or(0));
  co_return got;
}

asio::awaitable<HeadRead> ReadHead(ByteStream* stream, InputBuffer* input,
                                   const ServerLimits* limits, bool is_first) {
  auto start = steady_clock::now();
  std::size_t scanned = 0;
  while (true) {
    const std::string_view bytes = input->view();
    const std::size_t end = bytes.find("\r\n\r\n", scanned > 3 ? scanned - 3 : 0);
    const std::size_t size = end == std::string_view::npos ? bytes.size() : end + 4;
    // A line end that is no CR LF: waiting for more could only hide it.
    for (std::size_t i = scanned; i < size; ++i) {
      if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) {
        co_return Refused(400, "request head: a line that ends in LF alone");
      }
    }
    if (size > limits->max_header_bytes) {
      co_return Refused(431, "request head: too large");
    }
    if (end != std::string_view::npos) {
      HeadRead read;
      read.bytes = std::string(bytes.substr(0, size));
      input->Consume(size);
      co_return read;
    }
    scanned = bytes.size();
    const bool is_idle = bytes.empty() && !is_first;
    const Result<std::size_t> got = co_await input->Fill(
        stream, is_idle ? limits->idle_budget : Left(start, limits->header_budget));
    if (!got.has_value() || *got == 0) co_return Closed();
    if (is_idle) start = steady_clock::now();
  }
}

ConnectionExchange::ConnectionExchange(ByteStream* stream, InputBuffer* input, BodyParser* parser,
                                       const ServerLimits* limits, const Head& head)
    : stream_(stream),
      input_(input),
      parser_(parser),
      limits_(limits),
      owes_continue_(head.expects_continue) {
  request_.method = head.method;
  request_.target = head.target;
  request_.headers = head.headers;
  request_.has_body = head.is_chunked || head.content_length.value_or(0) > 0;
  request_.content_length = head.content_length;
}

void ConnectionExchange::SetPeer(const Peer& peer, std::uint16_t own_port) {
  request_.peer = peer;
  request_.own_port = own_port;
}

// The client waits for this before it sends a body (RFC 9110 section 10.1.1).
asio::awaitable<Result<>> ConnectionExchange::SendContinue() {
  const bool is_owed = std::exchange(owes_continue_, false) && input_->view().empty();
  if (!is_owed || parser_->is_done()) co_return Ok();
  co_return co_await stream_->Write("HTTP/1.1 100 Continue\r\n\r\n", nullptr,
                                    limits_->write_budget);
}

asio::awaitable<Result<std::string>> ConnectionExchange::ReadBody(std::size_t max_bytes) {
  const auto too_large = [&] {
    return Fail(ErrorCode::kDenied, "the body is over " + std::to_string(max_bytes) + " bytes");
  };
  if (request_.content_length.value_or(0) > max_bytes) co_return too_large();
  CO_TRY(co_await SendContinue());
  const auto start = steady_clock::now();
  std::string body;
  while (!parser_->is_done()) {
    std::string_view input = input_->view();
    const std::size_t before = input.size();
    const std::size_t room = std::min(kReadBytes, max_bytes + 1 - body.size());
    const std::size_t size = body.size();
    body.resize(size + room);
    Result<std::size_t> got = parser_->Parse(&input, body.data() + size, room);
    body.resize(size + got.value_or(0));
    input_->Consume(before - input.size());
    if (!got.has_value()) co_return tl::unexpected<Error>(std::move(got).error());
    if (body.size() > max_bytes) co_return too_large();
    if (*got > 0 || parser_->is_done()) continue;
    CO_TRY_ASSIGN(const std::size_t read,
                  co_await input_->Fill(
                      stream_, std::min(Left(start, limits_->body_budget), limits_->read_budget)));
    if (read == 0) co_return Fail(ErrorCode::kUnavailable, "the client hung up within the body");
  }
  co_return body;
}

asio::awaitable<Result<std::size_t>> ConnectionExchange::ReadSome(char* data, std::size_t size) {
  CO_TRY(co_await SendContinue());
  while (!parser_->is_done()) {
    std::string_view input = input_->view();
    const std::size_t before = input.size();
    const Result<std::size_t> got = parser_->Parse(&input, data, size);
    input_->Consume(before - input.size());
    if (!got.has_value() || *got > 0) co_return got;
    if (parser_->is_done()) break;
    CO_TRY_ASSIGN(const std::size_t read, co_await input_->Fill(stream_, limits_->read_budget));
    if (read == 0) co_return Fail(ErrorCode::kUnavailable, "the client hung up within the body");
  }
  co_return std::size_t{0};
}

}  // namespace secai::http

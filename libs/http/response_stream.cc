// Streams: the producer, the watch on the client and the heartbeat, whichever ends first.

#include <exception>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/connection_parts.h"

namespace secai::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

std::string ChunkOf(std::string bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string size;
  for (std::size_t left = bytes.size(); left > 0; left >>= 4) size.insert(0, 1, kDigits[left & 15]);
  return size + "\r\n" + std::move(bytes) + "\r\n";
}

class ChunkWriter final : public StreamWriter {
 public:
  ChunkWriter(ByteStream* stream, const asio::any_io_executor& executor, bool is_chunked,
              milliseconds budget)
      : stream_(stream), is_chunked_(is_chunked), budget_(budget), turn_(executor) {
    turn_.expires_at(asio::steady_timer::time_point::max());
  }

  asio::awaitable<Result<>> Write(std::string bytes) override {
    while (is_writing_) co_await turn_.async_wait(kUseTuple);  // The heartbeat goes first.
    if (bytes.empty()) co_return Ok();                         // An empty chunk is the last one.
    is_writing_ = true;
    const Turn turn(this);
    last_write_ = steady_clock::now();
    co_return co_await stream_->Write(is_chunked_ ? ChunkOf(std::move(bytes)) : std::move(bytes),
                                      nullptr, budget_);
  }

  bool is_writing() const { return is_writing_; }
  steady_clock::time_point last_write() const { return last_write_; }

 private:
  // Gives the turn back however the write ends.
  struct Turn {
    explicit Turn(ChunkWriter* owner) : writer(owner) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      writer->is_writing_ = false;
      writer->turn_.cancel();
    }
    ChunkWriter* writer;
  };

  ByteStream* stream_;
  bool is_chunked_;
  milliseconds budget_;
  asio::steady_timer turn_;
  bool is_writing_ = false;
  steady_clock::time_point last_write_ = steady_clock::now();
};

asio::awaitable<void> SendHeartbeats(ChunkWriter* writer, std::string heartbeat,
                                     milliseconds interval) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_at(interval.count() > 0 ? writer->last_write() + interval
                                          : steady_clock::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
    if (writer->is_writing()) {
      timer.expires_after(interval);
      co_await timer.async_wait(asio::use_awaitable);
      continue;
    }
    if (steady_clock::now() < writer->last_write() + interval) continue;
    const Result<> sent = co_await writer->Write(heartbeat);
    if (!sent.has_value()) co_return;  // The client takes nothing: the stream ends here.
  }
}

// An exception of `work` as an error: a failed branch alone would leave the others waiting.
asio::awaitable<Result<>> AsResult(asio::awaitable<Result<>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const std::exception&) {
    co_return Fail(ErrorCode::kInternal, "the work for a client was cancelled or failed");
  }
}

auto Gone() { return Fail(ErrorCode::kUnavailable, "the client has gone"); }

}  // namespace

asio::awaitable<Result<>> SendStream(ByteStream* stream, Response* response, bool is_chunked,
                                     const ServerLimits* limits) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  ChunkWriter writer(stream, co_await asio::this_coro::executor, is_chunked, limits->write_budget);
  const auto first =
      co_await (AsResult(response->stream(&writer)) || stream->WaitHangUp() ||
                SendHeartbeats(&writer, response->heartbeat, response->heartbeat_interval));
  if (first.index() != 0) co_return Gone();
  CO_TRY(std::get<0>(first));
  if (!is_chunked) co_return Ok();
  co_return co_await stream->Write("0\r\n\r\n", nullptr, limits->write_budget);
}

asio::awaitable<Result<>> ConnectionExchange::WhileConnected(asio::awaitable<Result<>> work) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  const auto first = co_await (AsResult(std::move(work)) || stream_->WaitHangUp());
  if (first.index() != 0) co_return Gone();
  co_return std::get<0>(first);
}

}  // namespace secai::http

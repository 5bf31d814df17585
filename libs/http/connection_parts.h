#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "http/body_parser.h"
#include "http/byte_stream.h"
#include "http/exchange.h"
#include "http/head.h"
#include "http/server.h"

namespace secai::http {

// Bytes that were read and not yet used. Grows in steps of 64 KiB: smaller reads cost more than
// they save (docs: guide numbers for Beast, 512-byte reads). Thread-safety: one thread only.
class InputBuffer {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(used_); }
  void Consume(std::size_t count) { used_ += count; }

  // Reads once. 0 means the client sends nothing more.
  boost::asio::awaitable<Result<std::size_t>> Fill(ByteStream* stream,
                                                   std::chrono::milliseconds budget);

 private:
  std::string bytes_;
  std::size_t used_ = 0;
};

struct HeadRead {
  std::string bytes;  // With status 200: the whole head.
  int status = 200;   // Else what to answer.
  std::string_view reason = {};
  bool is_closed = false;  // The client has gone or was too slow: nothing to answer.
};

// Waits for the next head. `is_first`: the header budget runs from the accept on.
boost::asio::awaitable<HeadRead> ReadHead(ByteStream* stream, InputBuffer* input,
                                          const ServerLimits* limits, bool is_first);

// Runs the producer of `response`, which is cancelled when the client hangs up.
boost::asio::awaitable<Result<>> SendStream(ByteStream* stream, Response* response, bool is_chunked,
                                            const ServerLimits* limits);

// The exchange of one request on a connection. Borrows all it is given.
class ConnectionExchange final : public Exchange {
 public:
  ConnectionExchange(ByteStream* stream, InputBuffer* input, BodyParser* parser,
                     const ServerLimits* limits, const Head& head);

  void SetPeer(const Peer& peer, std::uint16_t own_port);

  const Request& request() const override { return request_; }
  boost::asio::awaitable<Result<std::string>> ReadBody(std::size_t max_bytes) override;
  boost::asio::awaitable<Result<std::size_t>> ReadSome(char* data, std::size_t size) override;
  boost::asio::awaitable<Result<>> WhileConnected(boost::asio::awaitable<Result<>> work) override;

 private:
  boost::asio::awaitable<Result<>> SendContinue();

  ByteStream* stream_;
  InputBuffer* input_;
  BodyParser* parser_;
  const ServerLimits* limits_;
  Request request_;
  bool owes_continue_;
};

}  // namespace secai::http

#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "http/byte_stream.h"
#include "http/exchange.h"
#include "http/server.h"

namespace secai::http {

// What a connection needs; all borrowed, all outlive it.
struct ConnectionContext {
  Service* service = nullptr;
  const ServerLimits* limits = nullptr;
  ServerStats* stats = nullptr;
  Peer peer;
  std::uint16_t own_port = 0;
};

// Serves requests one after the other until one side wants no more, then closes. `stream` is owned.
boost::asio::awaitable<void> ServeConnection(std::unique_ptr<ByteStream> stream,
                                             ConnectionContext context);

}  // namespace secai::http

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "http/exchange.h"
#include "http/owner_peer.h"

namespace secai::http {

struct ServerLimits {
  std::size_t max_header_bytes = std::size_t{16} << 10;  // More is 431.
  std::size_t max_connections = 256;
  std::size_t max_connections_per_uid = 200;        // Unknown users share one count.
  std::chrono::milliseconds header_budget{10'000};  // From the first byte of a head to its end.
  std::chrono::milliseconds idle_budget{60'000};    // Between requests of one connection.
  std::chrono::milliseconds read_budget{30'000};    // Silence within a body.
  std::chrono::milliseconds body_budget{60'000};    // A whole body, in ReadBody().
  std::chrono::milliseconds write_budget{30'000};   // A client that takes nothing.
};

struct ServerStats {
  std::size_t open_connections = 0;
  std::uint64_t accepted_connections = 0;
  std::uint64_t refused_connections = 0;  // Over a limit.
  std::uint64_t requests = 0;             // Heads that were parsed.
  std::uint64_t broken_requests = 0;      // Heads that were not.
};

// Serves HTTP/1.1 on listening sockets that somebody else bound.
//
// A TCP connection's owner is asked for at accept, before a byte is read; a Unix connection's is
// its SO_PEERCRED. Over a limit a connection is closed at once. Thread-safety: the executor's
// thread only. Ownership: borrows `service` and `owner_peer` (null: nobody is known), which must
// live until open_connections is 0 after Stop().
class Server {
 public:
  Server(boost::asio::any_io_executor executor, Service* service, OwnerPeer* owner_peer,
         ServerLimits limits);
  ~Server();  // Stops.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Starts to accept on a listening TCP or Unix stream socket.
  // Errors: kInvalidArgument when it is not one.
  Result<> AddListener(UniqueFd listener);

  // Serves one socket that is connected already, as `peer` on `own_port`.
  Result<> AddConnection(UniqueFd socket, Peer peer, std::uint16_t own_port);

  // Accepts no more and cancels what runs. The connections end when the executor runs on. Call it
  // on the executor: cancellation asked for outside its loop could reach a coroutine that has gone.
  void Stop();

  const ServerStats& stats() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace secai::http

#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "audit/log_writer.h"
#include "net/handler.h"
#include "storage/fs.h"

namespace secai::audit {

// Message in, call, message out (docs/links.md, audit). Who may what: every room records its own
// events, the gateway reads.
// Thread-safety: the io_context's thread; reading runs on `pool`. Ownership: borrows all three.
class AuditServer final : public net::Handler {
 public:
  AuditServer(LogWriter* writer, storage::Folder* folder, boost::asio::thread_pool* pool)
      : writer_(writer), folder_(folder), pool_(pool) {}

  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;

 private:
  boost::asio::awaitable<Result<net::Message>> Record(std::string peer, net::Message request);
  boost::asio::awaitable<Result<net::Message>> Tail(net::Message request);

  LogWriter* writer_;
  storage::Folder* folder_;
  boost::asio::thread_pool* pool_;
};

}  // namespace secai::audit

#pragma once

#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "net/caller.h"
#include "net/handler.h"
#include "quarantine/claim_store.h"
#include "quarantine/intake.h"
#include "quarantine/pipeline.h"

namespace secai::quarantine {

// Answers the calls of docs/links.md, "quarantine"; message in, call, message out.
// Thread-safety: the room's thread. Ownership: borrows everything it is made with.
class QuarantineServer final : public net::Handler {
 public:
  QuarantineServer(ClaimStore* store, Intake* intake, Pipeline* pipeline, net::Caller* audit,
                   const Clock* clock, Intake::SpawnFn spawn);

  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;

  // At start: rolls back what was still arriving, and goes on with what was received.
  Result<> Recover();

 private:
  boost::asio::awaitable<Result<net::Message>> Begin(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Commit(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Discard(std::string id);
  boost::asio::awaitable<Result<net::Message>> Resubmit(std::string id);
  boost::asio::awaitable<Result<net::Message>> Watch(net::ItemSink* items);
  boost::asio::awaitable<Result<net::Message>> Withdraw(net::Message request);
  Result<net::Message> Get(std::string_view id) const;
  Result<net::Message> ListAll() const;
  boost::asio::awaitable<Result<>> Record(std::string event, boost::json::object fields);
  void StartPipeline(const std::string& id);

  ClaimStore* store_;
  Intake* intake_;
  Pipeline* pipeline_;
  net::Caller* audit_;
  const Clock* clock_;
  Intake::SpawnFn spawn_;
};

}  // namespace secai::quarantine

#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "net/handler.h"
#include "registry/registry.h"

namespace secai::registry {

// Message in, call, message out (docs/links.md, registry). Who may what: the quarantine admits,
// inference opens, the gateway removes and verifies; all may list, get and watch.
//
// A registry that could not be opened (key or manifest damaged) is served all the same: every
// question is answered by the reason, as kCorrupt, and to the quarantine as kUnavailable, so that
// its claims wait. Thread-safety: the io_context's thread.
class RegistryServer final : public net::Handler {
 public:
  RegistryServer(Result<std::unique_ptr<Registry>> registry, const Clock* clock)
      : registry_(std::move(registry)), clock_(clock) {}

  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;

  // Null when it could not be opened.
  Registry* registry() { return registry_.has_value() ? registry_->get() : nullptr; }

 private:
  boost::asio::awaitable<Result<net::Message>> Get(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Open(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Admit(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Remove(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Verify(net::Message request);
  boost::asio::awaitable<Result<net::Message>> VerifyAll();
  boost::asio::awaitable<Result<net::Message>> Watch(net::ItemSink* items);

  Result<std::unique_ptr<Registry>> registry_;
  const Clock* clock_;
};

}  // namespace secai::registry

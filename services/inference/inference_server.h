#pragma once

#include <memory>
#include <string>

#include "inference/models.h"
#include "inference/worker_launcher.h"
#include "net/handler.h"

namespace secai::inference {

// Message in, call, message out (docs/links.md, "inference"). Who may call what: the gateway all
// but probes, quarantine only probes. Thread-safety: the room's one thread. Ownership: borrows
// both; they outlive the server.
class InferenceServer final : public net::Handler {
 public:
  InferenceServer(Models* models, Models::Options options)
      : models_(models), options_(std::move(options)) {}

  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;

 private:
  boost::asio::awaitable<Result<net::Message>> Generate(net::Message request, net::ItemSink* items);
  boost::asio::awaitable<Result<net::Message>> Relay(std::shared_ptr<Model> model,
                                                     boost::json::object request, double waited_ms,
                                                     net::ItemSink* items);
  boost::asio::awaitable<Result<net::Message>> Load(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Unload(net::Message request);
  boost::asio::awaitable<Result<net::Message>> State();
  boost::asio::awaitable<Result<net::Message>> Watch(net::ItemSink* items);
  boost::asio::awaitable<Result<net::Message>> Estimate(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Tokenize(net::Message request);
  boost::asio::awaitable<Result<net::Message>> Probe(net::Message request);
  boost::asio::awaitable<void> WatchProbe(std::unique_ptr<LentWorker> worker);

  Models* models_;
  Models::Options options_;
  std::size_t probes_ = 0;
};

}  // namespace secai::inference

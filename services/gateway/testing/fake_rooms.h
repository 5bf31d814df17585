#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/json/object.hpp>

#include "net/handler.h"
#include "net/signal.h"

namespace secai::gateway::testing {

// All rooms behind the gateway, with state, for tests: they answer over real links as docs/links.md
// says. Thread-safety: the links' thread only, but for the atomics; tests set the rest before
// requests come.
class FakeRooms final : public net::Handler {
 public:
  explicit FakeRooms(boost::asio::any_io_executor executor)
      : executor_(executor), changed_(executor) {}

  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;

  // The next call of this method fails with this.
  void FailNext(std::string method, Error error);

  // An admitted, runnable model of that name; its digest is made of one letter.
  void AddModel(const std::string& name, char digest_letter);

  // registry
  std::vector<boost::json::object> models;
  bool is_intact = true;  // What verify says.
  // inference
  std::vector<boost::json::object> items = {};  // Of each generation, after "started".
  boost::json::object end;                      // Its final reply.
  std::optional<Error> item_error;              // Instead of the final reply.
  bool hangs = false;                           // Never ends by itself.
  std::vector<boost::json::object> states;
  std::string fits = "fits";
  boost::json::object last_generate;  // What inference.generate was last asked for.
  std::atomic<int> generating = 0;
  std::atomic<int> cancelled = 0;
  // quarantine
  std::vector<boost::json::object> claims;
  std::string received;                // All bytes of the last upload.
  std::size_t stops_after = SIZE_MAX;  // Closes the pipe after so many bytes.
  bool reads_slowly = false;           // Only after Release() does it read at all.
  std::atomic<int> uploads = 0;
  std::atomic<int> commits = 0;
  std::atomic<int> aborts = 0;
  boost::json::object last_begin;
  // audit
  std::vector<boost::json::object> entries;
  boost::json::object last_tail;
  std::vector<boost::json::object> records;  // What audit.record was given.

  // Lets a slow upload go on.
  void Release() {
    reads_slowly = false;
    changed_.Notify();
  }
  // Sends an item to all watchers of "registry.watch", "inference.watch" or "quarantine.watch".
  void Announce() { changed_.Notify(); }
  boost::json::object claims_change;  // What quarantine.watch sends at Announce().
  // True once every source is being watched.
  std::atomic<int> watchers = 0;

 private:
  using Reply = boost::asio::awaitable<Result<net::Message>>;
  Reply Registry(std::string method, net::Message request);
  Reply Inference(std::string method, net::Message request, net::ItemSink* items);
  Reply Generate(net::Message request, net::ItemSink* items);
  Reply Quarantine(std::string method, net::Message request);
  Reply Watch(std::string method, net::ItemSink* items);
  Reply BeginUpload(net::Message request);
  boost::asio::awaitable<void> ReadPipe(
      std::shared_ptr<boost::asio::posix::stream_descriptor> pipe);

  boost::asio::any_io_executor executor_;
  net::Signal changed_;
  std::string fails_method_;
  Error failure_;
  bool is_at_end_ = false;  // Of the pipe.
};

}  // namespace secai::gateway::testing

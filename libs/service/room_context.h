#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "net/link.h"
#include "service/arguments.h"
#include "service/passed_descriptors.h"
#include "service/room_link.h"
#include "service/service.h"

namespace secai::service {

// The ServiceContext of a real process. Made before the sandbox is entered: what needs files or new
// descriptors (folders, signals, the event loop's own) happens in Create().
// Thread-safety: the room's one thread.
class RoomContext final : public ServiceContext, private net::Handler {
 public:
  // Errors: kInvalidArgument without --root or without the control link (a room is not started by
  // hand); kNotFound when the root is absent.
  static Result<std::unique_ptr<RoomContext>> Create(std::string room, Arguments arguments,
                                                     PassedDescriptors passed);
  ~RoomContext() override = default;

  boost::asio::io_context& io() override { return io_; }
  const Clock& clock() const override { return clock_; }
  int root_fd() const override { return root_.get(); }
  Result<UniqueFd> OpenFolder(std::string_view path, bool create) override;
  Result<std::string> ReadPolicy() const override;
  int policy_folder_fd() const override { return policy_folder_.get(); }
  Result<UniqueFd> TakeListener(std::string_view name) override;
  std::vector<std::string> listener_names() const override { return listener_names_; }
  Result<UniqueFd> TakeDescriptor(std::string_view name) override { return passed_.Take(name); }
  net::Caller& Room(std::string_view name) override;
  void SetHandler(net::Handler* handler) override { handler_ = handler; }
  void Spawn(std::string_view name, boost::asio::awaitable<void> work) override;
  Result<> Serve() override;
  std::string argument(std::string_view name) const override { return arguments_.Value(name); }

 private:
  // A coroutine that Spawn() started and that still runs.
  struct Task {
    std::string name;
    boost::asio::cancellation_signal cancellation;
    bool is_over = false;
  };

  RoomContext(std::string room, Arguments arguments, PassedDescriptors passed);
  Result<> Open();

  // The supervisor's calls on the control link: control.accept and control.stop.
  boost::asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                                      net::Message request,
                                                      net::ItemSink* items) override;
  Result<> Accept(net::Message* request);
  boost::asio::awaitable<void> KeepUntilClosed(std::shared_ptr<net::Link> link);
  boost::asio::awaitable<void> AnnounceAndWatch();
  void WaitForSignal();
  void Finish(Result<> outcome);
  void WindDown();
  void HangUp();

  std::string room_;
  Arguments arguments_;
  PassedDescriptors passed_;
  std::vector<std::string> listener_names_;
  SystemClock clock_;
  std::list<Task> tasks_;  // Before io_: a coroutine that io_ destroys clears its slot in here.
  boost::asio::io_context io_{1};  // One thread: no locks inside.
  boost::asio::signal_set signals_{io_};
  UniqueFd root_;
  UniqueFd policy_folder_;
  net::Handler* handler_ = nullptr;
  std::shared_ptr<net::Link> control_;
  std::map<std::string, std::unique_ptr<RoomLink>, std::less<>> rooms_;
  std::list<std::shared_ptr<net::Link>> accepted_;
  std::optional<Result<>> outcome_;
};

}  // namespace secai::service

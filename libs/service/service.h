#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/caller.h"
#include "net/handler.h"

namespace secai::service {

// What main.cc gets to compose a room from. Everything a room owns of the outside world comes from
// here. Thread-safety: the room's one thread.
class ServiceContext {
 public:
  ServiceContext() = default;
  ServiceContext(const ServiceContext&) = delete;
  ServiceContext& operator=(const ServiceContext&) = delete;
  virtual ~ServiceContext() = default;

  virtual boost::asio::io_context& io() = 0;
  virtual const Clock& clock() const = 0;

  // The descriptor of the root of all paths (a directory, O_PATH). Folders below it are opened with
  // OpenFolder() before the sandbox is entered.
  virtual int root_fd() const = 0;

  // Opens `path` below the root ("var/lib/secure-ai/quarantine"), 0700, made when absent if
  // `create`. Never follows a symbolic link. Before the sandbox only.
  virtual Result<UniqueFd> OpenFolder(std::string_view path, bool create) = 0;

  // The text of etc/secure-ai/policy/policy.yaml now (<= 1 MiB), read through the directory held
  // since start, so that a rename over the file is seen. Works after the sandbox.
  virtual Result<std::string> ReadPolicy() const = 0;
  // That directory, to be listed in the room's sandbox; -1 when it is absent.
  virtual int policy_folder_fd() const = 0;

  // A listening socket that the supervisor bound and named (LISTEN_FDNAMES); each once.
  virtual Result<UniqueFd> TakeListener(std::string_view name) = 0;
  virtual std::vector<std::string> listener_names() const = 0;

  // Another descriptor that the supervisor passed by name ("sock_diag"), or kNotFound.
  virtual Result<UniqueFd> TakeDescriptor(std::string_view name) = 0;

  // The way to another room. Cheap; the connection is made at the first call, and made anew after
  // the other room restarted. Lives as long as the context. Only rooms that the supervisor's table
  // lists for this caller answer; others are kDenied. "supervisor" is the control link itself.
  virtual net::Caller& Room(std::string_view name) = 0;

  // Who answers the calls of other rooms; before Serve(). Must outlive Serve().
  virtual void SetHandler(net::Handler* handler) = 0;

  // Starts a coroutine that is logged when it fails and awaited at the stop (at most 2 s).
  virtual void Spawn(std::string_view name, boost::asio::awaitable<void> work) = 0;

  // Sends "ready" to the supervisor, and runs until it says stop or hangs up. Returns Ok() on
  // request.
  virtual Result<> Serve() = 0;

  // Value of a command-line argument `--name VALUE` that the supervisor passed, or empty.
  virtual std::string argument(std::string_view name) const = 0;
};

// The whole life of a room's process: arguments (--root DIR, --version), PR_SET_DUMPABLE 0 and
// RLIMIT_CORE 0 first, signals, the control link to the supervisor, then `compose`, which builds
// the room, enters the sandbox and serves. Exceptions end here. Returns the exit code: 0 stopped on
// request, 1 failed (restart with backoff), 2 bad usage or configuration (do not restart, tell the
// owner).
int RunService(std::string_view room, int argc, char** argv,
               const std::function<Result<>(ServiceContext&)>& compose);

}  // namespace secai::service

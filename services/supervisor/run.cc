#include "supervisor/run.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "sandbox/kernel_probe.h"
#include "service/environment.h"
#include "service/folders.h"
#include "supervisor/detach.h"
#include "supervisor/root_folder.h"
#include "supervisor/root_lock.h"
#include "supervisor/supervisor.h"

namespace secai::supervisor {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kStopBudget{20'000};

int ExitCodeOf(const Error& error) { return error.code == ErrorCode::kInvalidArgument ? 2 : 1; }

int Stop(const Options& options) {
  const UniqueFd root(::open(options.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto run = service::OpenFolderBelow(root.get(), "run/secure-ai", false);
  const auto stopped = !run.has_value()
                           ? Result<pid_t>(Fail(ErrorCode::kNotFound, "nothing is running"))
                           : StopRunning(run->get(), kStopBudget);
  if (stopped.has_value()) {
    std::printf("Stopped process %d.\n", *stopped);
    return 0;
  }
  if (stopped.error().code == ErrorCode::kNotFound) {
    std::printf("Nothing is running in %s.\n", options.root.c_str());
    return 0;
  }
  std::fprintf(stderr, "secai: %s\n", stopped.error().message.c_str());
  return 1;
}

// One run from the prepared root to the last room's end.
class Run {
 public:
  Run(const Options& options, const BuildPlaces& places, StartReporter* reporter)
      : options_(options), places_(places), reporter_(reporter) {}

  int Go() {
    const Result<> prepared = Prepare();
    if (!prepared.has_value()) return Refuse(prepared.error());
    WaitForSignals();
    asio::co_spawn(io_, Live(), [this](const std::exception_ptr& thrown) {
      if (thrown != nullptr) std::rethrow_exception(thrown);
      io_.stop();
    });
    io_.run();
    return exit_code_;
  }

 private:
  Result<> Prepare() {
    const sandbox::KernelProbe probe = sandbox::ProbeKernel();
    TRY(sandbox::CheckBaseKernel(probe));
    TRY_ASSIGN(folder_, PrepareRoot(options_.root, places_.shipped_policy));
    auto lock = RootLock::Acquire(folder_.run.get());
    if (!lock.has_value()) return tl::unexpected(std::move(lock).error().Wrap(options_.root));
    lock_.emplace(*std::move(lock));
    TRY_ASSIGN(ServicesLog log, ServicesLog::Open(folder_.log.get(), &clock_));
    log_ = std::make_shared<ServicesLog>(std::move(log));
    TRY(CaptureOwnErrors());
    TRY_ASSIGN(listeners_,
               BindListeners(options_.port, folder_.run.get(),
                             [this](const std::string& note) { reporter_->Note(note); }));
    SupervisorConfig config;
    config.root = options_.root;
    config.executable_folder = places_.executable_folder;
    config.owner_uids = OwnerUids(::getuid(), service::EnvironmentValue("SUDO_UID"));
    config.version = SECAI_VERSION;
    config.level = sandbox::LevelName(sandbox::LevelOf(probe));
    config.tell = [this](const std::string& sentence) { reporter_->Note(sentence); };
    supervisor_ = std::make_unique<Supervisor>(&io_, std::move(config), &listeners_, log_);
    return Ok();
  }

  // Our own log lines go where the rooms' go. The write end never blocks: this process reads the
  // other.
  Result<> CaptureOwnErrors() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return Fail(ErrorCode::kInternal, "pipe failed");
    const UniqueFd write_end(ends[1]);
    asio::posix::stream_descriptor read_end(io_, ends[0]);
    if (::fcntl(write_end.get(), F_SETFL, O_NONBLOCK) != 0 ||
        ::dup2(write_end.get(), STDERR_FILENO) < 0) {
      return Fail(ErrorCode::kInternal, "cannot redirect stderr");
    }
    asio::co_spawn(
        io_, CopyErrors(std::move(read_end), "supervisor", log_, std::make_shared<std::string>()),
        asio::detached);
    return Ok();
  }

  int Refuse(const Error& error) {
    const int exit_code = ExitCodeOf(error);
    reporter_->Finish(exit_code, "secai: " + error.message + "\n");
    return exit_code;
  }

  asio::awaitable<void> Live() {
    const auto begin = std::chrono::steady_clock::now();
    Result<> started = co_await supervisor_->Start();
    if (started.has_value()) {
      started =
          lock_->Announce({.pid = ::getpid(), .port = listeners_.port, .url = listeners_.Url()});
    }
    if (started.has_value()) {
      TellReady(std::chrono::steady_clock::now() - begin);
      while (!is_asked_to_stop_) co_await asked_to_stop_.Wait();
    } else if (!is_asked_to_stop_) {
      exit_code_ = Refuse(started.error());
    }
    co_await supervisor_->Stop();
  }

  void TellReady(std::chrono::steady_clock::duration took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const std::string how_to_stop =
        reporter_->is_detached() ? "secai up --stop --root " + options_.root : "Ctrl-C";
    log::Info("supervisor.ready", {{"port", listeners_.port}, {"seconds", seconds}});
    reporter_->Finish(0, fmt::format("SecAI OS is ready after {:.2f} s: {}\nStop it with {}\n",
                                     seconds, listeners_.Url(), how_to_stop));
  }

  void WaitForSignals() {
    signals_.async_wait([this](const boost::system::error_code& error, int /*signal*/) {
      if (error) return;
      if (is_asked_to_stop_) supervisor_->Kill();  // Asked twice.
      is_asked_to_stop_ = true;
      asked_to_stop_.Notify();
      supervisor_->GiveUpStarting();
      WaitForSignals();
    });
  }

  const Options& options_;
  const BuildPlaces& places_;
  StartReporter* reporter_;
  SystemClock clock_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  net::Signal asked_to_stop_{io_.get_executor()};
  bool is_asked_to_stop_ = false;
  int exit_code_ = 0;
  RootFolder folder_;
  std::optional<RootLock> lock_;
  std::shared_ptr<ServicesLog> log_;
  Listeners listeners_;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace

int RunSupervisor(const Options& options, const BuildPlaces& places) {
  if (options.action == Options::Action::kStop) return Stop(options);
  StartReporter reporter = StartReporter::Foreground();
  if (options.action == Options::Action::kDetach) {
    auto detached = StartReporter::Detached();
    if (!detached.has_value()) {
      reporter.Finish(1, "secai: " + detached.error().message + "\n");
      return 1;
    }
    reporter = *std::move(detached);
  }
  try {
    return Run(options, places, &reporter).Go();
  } catch (const std::exception& exception) {
    reporter.Finish(1, std::string("secai: ") + exception.what() + "\n");
    return 1;
  }
}

}  // namespace secai::supervisor

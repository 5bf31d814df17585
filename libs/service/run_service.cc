#include <csignal>
#include <cstdio>
#include <exception>
#include <span>
#include <utility>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "service/room_context.h"
#include "service/service.h"

#if __has_feature(address_sanitizer)
// The leak check attaches to its own process, which confinement refuses; leaks are found by unit
// tests.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace secai::service {
namespace {

constexpr int kExitStopped = 0;
constexpr int kExitFailed = 1;
constexpr int kExitBadConfiguration = 2;

// Memory of a room holds prompts and keys: no core file, no ptrace, no /proc/<pid>/mem for others.
Result<> ForbidDumps() {
  const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0) {
    return Fail(ErrorCode::kInternal, "cannot forbid core dumps");
  }
  return Ok();
}

int Failed(const Error& error) {
  log::Error("service.failed", {{"reason", error.message}});
  return error.code == ErrorCode::kInvalidArgument ? kExitBadConfiguration : kExitFailed;
}

Result<> Run(std::string_view room, Arguments arguments,
             const std::function<Result<>(ServiceContext&)>& compose) {
  TRY(ForbidDumps());
  TRY_ASSIGN(PassedDescriptors passed, PassedDescriptors::FromEnvironment());
  TRY_ASSIGN(const std::unique_ptr<RoomContext> context,
             RoomContext::Create(std::string(room), std::move(arguments), std::move(passed)));
  return compose(*context);
}

}  // namespace

int RunService(std::string_view room, int argc, char** argv,
               const std::function<Result<>(ServiceContext&)>& compose) {
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
  log::SetRoom(room);
  try {
    const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
    auto arguments = ParseArguments(words.subspan(words.empty() ? 0 : 1));
    if (!arguments.has_value()) return Failed(arguments.error());
    if (arguments->wants_version || arguments->wants_help) {
      std::printf("%.*s %s\nA room of SecAI OS; `secai up` starts it.\n",
                  static_cast<int>(room.size()), room.data(), SECAI_VERSION);
      return kExitStopped;
    }
    const Result<> done = Run(room, *std::move(arguments), compose);
    return done.has_value() ? kExitStopped : Failed(done.error());
  } catch (const std::exception& exception) {
    return Failed(Error{ErrorCode::kInternal, exception.what()});
  } catch (...) {
    return Failed(Error{ErrorCode::kInternal, "an exception of unknown type"});
  }
}

}  // namespace secai::service

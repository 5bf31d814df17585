#include <atomic>
#include <csignal>
#include <cstdio>

#include <boost/json/serialize.hpp>

#include "base/utf8.h"
#include "secai/command.h"

namespace secai::cli {
namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // Set in a signal handler.

}  // namespace

int Complain(const Error& error) {
  std::fprintf(stderr, "secai: %s\n", EscapeForDisplay(error.message, 4096).c_str());
  return WasInterrupted() ? kExitInterrupted : kExitFailed;
}

void PrintJson(const boost::json::value& value) { Print(boost::json::serialize(value) + "\n"); }

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

bool WasInterrupted() { return interrupted.load(); }
bool TakeInterrupt() { return interrupted.exchange(false); }

void WatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int /*signal*/) { interrupted = true; };
  ::sigemptyset(&action.sa_mask);
  // Without SA_RESTART: a wait must end.
  ::sigaction(SIGINT, &action, nullptr);
}

}  // namespace secai::cli

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "secai/gateway_client.h"
#include "secai/progress_bar.h"

namespace secai::cli {

// The documented exit codes (docs/man/secai.1).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // Refused, failed, or not found; or nothing is running.
inline constexpr int kExitUsage = 2;   // The command line itself is wrong.
inline constexpr int kExitInterrupted = 130;  // Ctrl-C.

// Everything that options can say, for every command; each reads its own.
struct Invocation {
  std::string root;  // Absolute.
  bool wants_json = false;

  std::vector<std::string> words;  // The positional arguments.
  // up
  std::uint16_t port = 8480;
  bool wants_detach = false;
  bool wants_stop = false;
  // models import
  std::string name;
  bool wants_no_wait = false;
  // models verify
  bool wants_all = false;
  // scan
  bool is_strict = false;
  // audit tail
  int limit = 20;
  std::string event_prefix;
  bool wants_follow = false;
  // run, chat
  std::string model;
  std::string system_prompt;
  std::optional<int> max_tokens;
  std::optional<double> temperature;
  std::optional<std::uint64_t> seed;
};

// What a command works with.
struct Context {
  const Invocation& invocation;
  const Terminal& terminal;
  GatewayClient& gateway;
};

// One row of the subcommand table.
struct Command {
  std::string_view group;  // "models", or empty.
  std::string_view name;
  std::string_view description;
  std::string_view words;  // Positional arguments for the help: "PATH...", or empty.
  int min_words = 0;
  int max_words = 0;         // -1: any number.
  std::string_view options;  // Names of its own options, with spaces between: "--port --detach".
  int (*run)(const Context& context);
};

// The whole command line: what help, parser and completions show.
std::span<const Command> Commands();

// Prints "secai: <message>" to stderr and returns the exit code for it.
int Complain(const Error& error);
// Prints JSON in one line to stdout.
void PrintJson(const boost::json::value& value);
// Prints formatted text to stdout.
void Print(std::string_view text);

// True once Ctrl-C was pressed since the last TakeInterrupt().
bool WasInterrupted();
bool TakeInterrupt();
// From now on Ctrl-C sets the mark and interrupts waits, instead of ending the program.
void WatchInterrupts();

int RunUp(const Context& context);
int RunStatus(const Context& context);
int RunScan(const Context& context);
int RunModelsList(const Context& context);
int RunModelsImport(const Context& context);
int RunModelsShow(const Context& context);
int RunModelsVerify(const Context& context);
int RunModelsRemove(const Context& context);
int RunModelsLoad(const Context& context);
int RunModelsUnload(const Context& context);
int RunQuarantineList(const Context& context);
int RunQuarantineShow(const Context& context);
int RunQuarantineResubmit(const Context& context);
int RunQuarantineDiscard(const Context& context);
int RunRun(const Context& context);
int RunChat(const Context& context);
int RunAuditTail(const Context& context);
int RunPolicyCheck(const Context& context);
int RunDoctor(const Context& context);
int RunVersion(const Context& context);
int RunCompletion(const Context& context);

}  // namespace secai::cli

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <span>

#include <sys/stat.h>

#include "base/log.h"
#include "service/arguments.h"
#include "supervisor/options.h"
#include "supervisor/run.h"

// Started by `secai up`, which turns its own options into ours.
int main(int argc, char** argv) {
  using namespace secai;
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
  log::SetRoom("supervisor");
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  const auto arguments = service::ParseArguments(words.subspan(1));
  if (arguments.has_value() && (arguments->wants_version || arguments->wants_help)) {
    std::printf("supervisor %s\nStarts the rooms of SecAI OS; run it as `secai up`.\n",
                SECAI_VERSION);
    return 0;
  }
  const auto options = arguments.has_value()
                           ? supervisor::ParseOptions(*arguments)
                           : Result<supervisor::Options>(tl::unexpected(arguments.error()));
  if (!options.has_value()) {
    std::fprintf(stderr, "secai: %s\n", options.error().message.c_str());
    return 2;
  }
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (error) {
    std::fprintf(stderr, "secai: /proc is not mounted: %s\n", error.message().c_str());
    return 1;
  }
  return supervisor::RunSupervisor(
      *options, {.executable_folder = folder,
                 .shipped_policy = folder.parent_path().parent_path() / "share/secai/policy.yaml"});
}

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "secai/command.h"
#include "secai/command_line.h"
#include "service/environment.h"

int main(int argc, char** argv) {
  using namespace secai;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const cli::ParsedCommandLine parsed = cli::ParseCommandLine(words, service::DefaultRoot());
    if (parsed.command == nullptr) {
      std::fputs(parsed.text.c_str(), parsed.exit_code == cli::kExitOk ? stdout : stderr);
      return parsed.exit_code;
    }
    const cli::Terminal terminal = cli::Terminal::Detect();
    cli::GatewayClient gateway(parsed.invocation.root);
    return parsed.command->run({parsed.invocation, terminal, gateway});
  } catch (const std::exception& exception) {
    return cli::Complain({ErrorCode::kInternal, exception.what()});
  }
}

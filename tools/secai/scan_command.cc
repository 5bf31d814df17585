#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/utf8.h"
#include "secai/command.h"
#include "secai/json_view.h"
#include "secai/policy_file.h"
#include "secai/programs.h"
#include "secai/scan_file.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

// The files to judge: each path itself, or all regular files below a folder, in the order of their
// names. Links inside a folder are not followed.
Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      if (!std::filesystem::exists(path, error)) {
        return Fail(ErrorCode::kNotFound, path + ": no such file");
      }
      files.push_back(path);
      continue;
    }
    std::vector<std::string> below;
    std::filesystem::recursive_directory_iterator entries(path, error);
    for (; !error && entries != std::filesystem::recursive_directory_iterator();
         entries.increment(error)) {
      if (entries->symlink_status(error).type() == std::filesystem::file_type::regular) {
        below.push_back(entries->path().string());
      }
    }
    if (error) return Fail(ErrorCode::kDenied, path + ": " + error.message());
    std::ranges::sort(below);
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

std::string RenderVerdict(const json::object& verdict) {
  std::string line = fmt::format("{:<7} {}", TextOf(verdict, "verdict"), TextOf(verdict, "path"));
  if (const std::string rule = TextOf(verdict, "rule"); !rule.empty()) {
    line += fmt::format("\n        stage {}, rule {}", TextOf(verdict, "stage"), rule);
    if (const std::string offset = TextOf(verdict, "offset"); !offset.empty()) {
      line += ", offset " + offset;
    }
    line += ": " + TextOf(verdict, "reason");
  }
  return line + "\n";
}

}  // namespace

int RunScan(const Context& context) {
  const Invocation& invocation = context.invocation;
  const auto files = FilesOf(invocation.words);
  if (!files.has_value()) {
    Complain(files.error());
    return kExitUsage;
  }
  const auto scanner = RoomProgram("quarantine-scanner");
  if (!scanner.has_value()) return Complain(scanner.error());
  // The policy in force tunes the rules; without one, its defaults do.
  const auto policy = LoadPolicy(PolicyPath(invocation.root));
  if (!policy.has_value() && policy.error().code != ErrorCode::kNotFound) {
    Complain(policy.error());
    return kExitUsage;
  }
  const policy::Policy rules = policy.has_value() ? *policy : policy::Policy();
  const bool is_strict = invocation.is_strict ||
                         rules.quarantine.profile == policy::QuarantinePolicy::Profile::kStrict;

  int exit_code = kExitOk;
  Progress progress(context.terminal);
  for (const std::string& path : *files) {
    const auto verdict = ScanFile(*scanner, path, rules, [&](int stage, double share) {
      if (!context.terminal.errors_are_terminal) return;
      progress.Show(fmt::format("{}: stage {}", EscapeForDisplay(path, 60), stage), share, "");
    });
    progress.Clear();
    if (!verdict.has_value()) {
      Complain(verdict.error());
      return kExitUsage;
    }
    if (invocation.wants_json) {
      PrintJson(*verdict);
    } else {
      Print(RenderVerdict(*verdict));
    }
    const std::string word = TextOf(*verdict, "verdict");
    if (word == "refuse" || (word == "review" && is_strict)) exit_code = kExitFailed;
  }
  return exit_code;
}

}  // namespace secai::cli

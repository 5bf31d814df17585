#include "secai/command_line.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

namespace secai::cli {
namespace {

// Adds the options that the row names.
void AddOptions(const Command& command, CLI::App* app, Invocation* to) {
  std::istringstream names{std::string(command.options)};
  for (std::string name; names >> name;) {
    if (name == "--port") {
      app->add_option(name, to->port, "Base port (8480); 0 takes any free one");
    } else if (name == "--detach") {
      app->add_flag(name, to->wants_detach, "Return when all is ready");
    } else if (name == "--stop") {
      app->add_flag(name, to->wants_stop, "Stop what runs in this root");
    } else if (name == "--name") {
      app->add_option(name, to->name, "Name of the model (the file's name)");
    } else if (name == "--no-wait") {
      app->add_flag(name, to->wants_no_wait, "Do not wait for the verdict");
    } else if (name == "--all") {
      app->add_flag(name, to->wants_all, "Every model");
    } else if (name == "--strict") {
      app->add_flag(name, to->is_strict, "Exit code 1 for a file that needs review, too");
    } else if (name == "--limit") {
      app->add_option(name, to->limit, "How many entries (20)")->check(CLI::Range(1, 1000));
    } else if (name == "--event") {
      app->add_option(name, to->event_prefix, "Only events that begin so, such as quarantine.");
    } else if (name == "--follow") {
      app->add_flag(name, to->wants_follow, "Go on with new entries until Ctrl-C");
    } else if (name == "--system") {
      app->add_option(name, to->system_prompt, "What the model is told first");
    } else if (name == "--max-tokens") {
      app->add_option(name, to->max_tokens, "End after so many tokens")
          ->check(CLI::Range(1, 1 << 20));
    } else if (name == "--temperature") {
      app->add_option(name, to->temperature, "0 (always the likeliest) to 2")
          ->check(CLI::Range(0.0, 2.0));
    } else if (name == "--seed") {
      app->add_option(name, to->seed, "Same seed, same answer");
    }
  }
}

void AddWords(const Command& command, CLI::App* app, Invocation* to) {
  if (command.max_words == 0) return;
  auto* const words = app->add_option(std::string(command.words), to->words);
  words->expected(command.min_words, command.max_words < 0 ? CLI::detail::expected_max_vector_size
                                                           : command.max_words);
  words->option_text(" ");
  if (command.min_words > 0) words->required();
}

// Words after "--" are no options, whatever they look like. CLI11 2.1 loses them behind a filled
// argument, so they travel through it with a mark in front.
constexpr char kWordMark = '\x01';

void MarkWords(std::vector<std::string>* words) {
  const auto dashes = std::ranges::find(*words, "--");
  if (dashes == words->end()) return;
  for (auto word = dashes + 1; word != words->end(); ++word) word->insert(0, 1, kWordMark);
  words->erase(dashes);
}

void UnmarkWords(std::vector<std::string>* words) {
  for (std::string& word : *words) {
    if (word.starts_with(kWordMark)) word.erase(0, 1);
  }
}

std::string GroupDescription(std::string_view group) {
  if (group == "models") return "Import, list, verify and load models";
  if (group == "quarantine") return "What is being checked, and what was refused";
  if (group == "audit") return "The log of everything decided";
  return "The owner's rules";
}

}  // namespace

ParsedCommandLine ParseCommandLine(std::vector<std::string> words,
                                   const std::string& default_root) {
  ParsedCommandLine parsed;
  Invocation& to = parsed.invocation;
  to.root = default_root;

  CLI::App app("Local AI in which no model runs unadmitted, and none can touch anything.", "secai");
  app.require_subcommand(1);
  app.fallthrough();  // --root and --json may stand anywhere.
  app.add_option("--root", to.root, "Folder of all data ($SECAI_ROOT, else ~/.local/share/secai)");
  app.add_flag("--json", to.wants_json, "Print JSON");
  app.set_help_flag("-h,--help", "Show help");

  std::map<std::string_view, CLI::App*> groups;
  std::vector<std::pair<const Command*, CLI::App*>> rows;
  for (const Command& command : Commands()) {
    CLI::App* parent = &app;
    if (!command.group.empty()) {
      CLI::App*& group = groups[command.group];
      if (group == nullptr) {
        group = app.add_subcommand(std::string(command.group), GroupDescription(command.group));
        group->require_subcommand(1);
        group->fallthrough();
      }
      parent = group;
    }
    CLI::App* const row =
        parent->add_subcommand(std::string(command.name), std::string(command.description));
    row->fallthrough();
    AddOptions(command, row, &to);
    AddWords(command, row, &to);
    rows.emplace_back(&command, row);
  }

  try {
    MarkWords(&words);
    std::ranges::reverse(words);  // The library takes its words from the end.
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream problems;
    parsed.exit_code = app.exit(error, out, problems) == 0 ? kExitOk : kExitUsage;
    parsed.text = parsed.exit_code == kExitOk ? out.str() : problems.str();
    return parsed;
  }
  UnmarkWords(&to.words);
  if (to.root.empty()) {
    parsed.exit_code = kExitUsage;
    parsed.text = "Neither --root nor $HOME says where the data is.\n";
    return parsed;
  }
  to.root = std::filesystem::absolute(to.root).lexically_normal().string();
  if (to.root.size() > 1 && to.root.ends_with('/')) to.root.pop_back();
  for (const auto& [command, row] : rows) {
    if (row->parsed()) parsed.command = command;
  }
  return parsed;
}

}  // namespace secai::cli

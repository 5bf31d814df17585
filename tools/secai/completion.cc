#include "secai/completion.h"

#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "secai/command.h"

namespace secai::cli {
namespace {

// The first words of the command line, in the order of the table.
std::vector<std::string> FirstWords() {
  std::vector<std::string> words;
  std::set<std::string_view> groups;
  for (const Command& command : Commands()) {
    if (command.group.empty()) {
      words.emplace_back(command.name);
    } else if (groups.insert(command.group).second) {
      words.emplace_back(command.group);
    }
  }
  return words;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::set<std::string> Groups() {
  std::set<std::string> groups;
  for (const Command& command : Commands()) {
    if (!command.group.empty()) groups.emplace(command.group);
  }
  return groups;
}

std::string NamesIn(const std::string& group) {
  std::vector<std::string> names;
  for (const Command& command : Commands()) {
    if (command.group == group) names.emplace_back(command.name);
  }
  return Joined(names);
}

std::string PathOf(const Command& command) {
  return command.group.empty() ? std::string(command.name)
                               : fmt::format("{} {}", command.group, command.name);
}

bool TakesFiles(const Command& command) {
  return command.words.find("FILE") != std::string_view::npos ||
         command.words.find("PATH") != std::string_view::npos;
}

bool TakesModel(const Command& command) {
  return command.words.find("MODEL") != std::string_view::npos;
}

// What stands for the first word argument, as a shell command of bash.
std::string BashWords(const Command& command) {
  if (command.name == "completion") return "bash zsh fish";
  if (TakesModel(command)) return "$(_secai_models)";
  return "";
}

// The function that both bash and, through bashcompinit, zsh run. It fills COMPREPLY by
// _secai_take, which each shell defines in its own way.
std::string SharedScript() {
  std::string script = R"sh(_secai_models() {
  secai models list 2> /dev/null | awk 'NR > 1 { print $1 }'
}
_secai() {
  local current="${COMP_WORDS[COMP_CWORD]}" first='' second='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in
      --root) i=$((i + 1)) ;;
      -*) ;;
      *) if [[ -z "$first" ]]; then first="$word"; elif [[ -z "$second" ]]; then second="$word"; fi ;;
    esac
  done
  if [[ "${COMP_WORDS[COMP_CWORD - 1]}" == --root ]]; then
    _secai_take -d -- "$current"
    return
  fi
  local options='--root --json --help' words='' files=''
  if [[ -z "$first" ]]; then
)sh";
  script += fmt::format("    words='{}'\n  else\n    case \"$first\" in\n", Joined(FirstWords()));
  for (const std::string& group : Groups()) {
    script +=
        fmt::format("      {}) [[ -z \"$second\" ]] && words='{}' ;;\n", group, NamesIn(group));
  }
  script += "    esac\n    case \"$first $second\" in\n";
  for (const Command& command : Commands()) {
    const std::string pattern = command.group.empty() ? fmt::format("\"{} \"*", command.name)
                                                      : fmt::format("\"{}\"", PathOf(command));
    script += fmt::format("      {}) options+=' {}'", pattern, command.options);
    if (const std::string words = BashWords(command); !words.empty()) {
      script += fmt::format("; words=\"{}\"", words);
    }
    if (TakesFiles(command)) script += "; files=1";
    script += " ;;\n";
  }
  script += R"sh(    esac
  fi
  if [[ "$current" == -* ]]; then
    _secai_take -W "$options" -- "$current"
  elif [[ -n "$files" ]]; then
    _secai_take -f -- "$current"
  else
    _secai_take -W "$words" -- "$current"
  fi
}
complete -o filenames -F _secai secai
)sh";
  return script;
}

std::string BashScript() {
  return R"sh(# bash completion for secai: eval "$(secai completion bash)"
_secai_take() {
  mapfile -t COMPREPLY < <(compgen "$@")
}
)sh" + SharedScript();
}

std::string ZshScript() {
  return R"sh(#compdef secai
# zsh completion for secai: eval "$(secai completion zsh)"
autoload -U +X bashcompinit && bashcompinit
_secai_take() {
  COMPREPLY=(${(f)"$(compgen "$@")"})
}
)sh" + SharedScript();
}

std::string FishOptions(const Command& command, const std::string& seen) {
  std::string script;
  std::istringstream options{std::string(command.options)};
  for (std::string option; options >> option;) {
    script += fmt::format("complete -c secai -n '{}' -l {}\n", seen, option.substr(2));
  }
  return script;
}

std::string FishScript() {
  std::string script = R"sh(# fish completion for secai: secai completion fish | source
function __secai_models
    secai models list 2> /dev/null | awk 'NR > 1 { print $1 }'
end
complete -c secai -f
complete -c secai -l root -r -a '(__fish_complete_directories)' -d 'Folder of all data'
complete -c secai -l json -d 'Print JSON'
complete -c secai -l help -s h -d 'Show help'
)sh";
  for (const std::string& group : Groups()) {
    script += fmt::format("complete -c secai -n __fish_use_subcommand -a {}\n", group);
  }
  for (const Command& command : Commands()) {
    std::string seen = fmt::format("__fish_seen_subcommand_from {}", command.name);
    if (command.group.empty()) {
      script += fmt::format("complete -c secai -n __fish_use_subcommand -a {} -d '{}'\n",
                            command.name, command.description);
    } else {
      seen = fmt::format("__fish_seen_subcommand_from {}; and {}", command.group, seen);
      script += fmt::format(
          "complete -c secai -n '__fish_seen_subcommand_from {0}; and not "
          "__fish_seen_subcommand_from {1}' -a {2} -d '{3}'\n",
          command.group, NamesIn(std::string(command.group)), command.name, command.description);
    }
    script += FishOptions(command, seen);
    if (TakesFiles(command)) script += fmt::format("complete -c secai -n '{}' -F\n", seen);
    if (TakesModel(command)) {
      script += fmt::format("complete -c secai -n '{}' -a '(__secai_models)'\n", seen);
    }
    if (command.name == "completion") {
      script += fmt::format("complete -c secai -n '{}' -a 'bash zsh fish'\n", seen);
    }
  }
  return script;
}

}  // namespace

Result<std::string> CompletionScript(std::string_view shell) {
  if (shell == "bash") return BashScript();
  if (shell == "zsh") return ZshScript();
  if (shell == "fish") return FishScript();
  return Fail(ErrorCode::kInvalidArgument, "completions are for bash, zsh and fish");
}

int RunCompletion(const Context& context) {
  const auto script = CompletionScript(context.invocation.words.front());
  if (!script.has_value()) {
    Complain(script.error());
    return kExitUsage;
  }
  Print(*script);
  return kExitOk;
}

}  // namespace secai::cli

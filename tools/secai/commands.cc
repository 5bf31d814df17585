#include "secai/command.h"

namespace secai::cli {

std::span<const Command> Commands() {
  static constexpr std::string_view kModelOptions = "--system --max-tokens --temperature --seed";
  static const Command commands[] = {
      {"", "up", "Start SecAI OS, or stop it", "", 0, 0, "--port --detach --stop", RunUp},
      {"", "status", "Show what runs, and how it is confined", "", 0, 0, "", RunStatus},
      {"", "scan", "Judge files or folders without importing them (needs no running system)",
       "PATH...", 1, -1, "--strict", RunScan},
      {"models", "list", "List the admitted models", "", 0, 0, "", RunModelsList},
      {"models", "import", "Send a model through quarantine", "FILE", 1, 1, "--name --no-wait",
       RunModelsImport},
      {"models", "show", "Show everything about one model", "MODEL", 1, 1, "", RunModelsShow},
      {"models", "verify", "Hash a stored model again", "MODEL", 0, 1, "--all", RunModelsVerify},
      {"models", "remove", "Delete a model", "MODEL", 1, 1, "", RunModelsRemove},
      {"models", "load", "Load a model into memory", "MODEL", 1, 1, "", RunModelsLoad},
      {"models", "unload", "Take a model out of memory", "MODEL", 1, 1, "", RunModelsUnload},
      {"quarantine", "list", "List what is in quarantine", "", 0, 0, "", RunQuarantineList},
      {"quarantine", "show", "Show the stages and findings of one file", "ID", 1, 1, "",
       RunQuarantineShow},
      {"quarantine", "resubmit", "Run all stages again under the present policy", "ID", 1, 1,
       "--no-wait", RunQuarantineResubmit},
      {"quarantine", "discard", "Delete a file from quarantine", "ID", 1, 1, "",
       RunQuarantineDiscard},
      {"", "run", "Answer one prompt, or standard input", "MODEL [PROMPT]", 1, -1, kModelOptions,
       RunRun},
      {"", "chat", "Talk with a model", "[MODEL]", 0, 1, kModelOptions, RunChat},
      {"audit", "tail", "Show the newest entries of the audit log", "", 0, 0,
       "--limit --event --follow", RunAuditTail},
      {"policy", "check", "Check a policy file (needs no running system)", "[FILE]", 0, 1, "",
       RunPolicyCheck},
      {"", "doctor", "Look for what stands in the way (needs no running system)", "", 0, 0, "",
       RunDoctor},
      {"", "version", "Show the version", "", 0, 0, "", RunVersion},
      {"", "completion", "Print completions for bash, zsh or fish", "SHELL", 1, 1, "",
       RunCompletion},
  };
  return commands;
}

}  // namespace secai::cli

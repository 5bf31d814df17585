#include "secai/claim_watch.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "secai/json_view.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kPollPause{250};

bool IsOver(const std::string& state) {
  return state == "rejected" || state == "promoted" || state == "discarded" || state == "waiting";
}

bool HasEnded(const std::string& result) {
  return result == "PASS" || result == "FAIL" || result == "SKIP";
}

std::string RenderStage(const json::object& stage) {
  std::string line = fmt::format("  {}  {:<24} {:<5}", NumberOf(stage, "number"),
                                 TextOf(stage, "name"), TextOf(stage, "result"));
  if (const std::string detail = TextOf(stage, "detail"); !detail.empty()) line += "  " + detail;
  return line;
}

// Says each stage once when it has ended, and shows the one that runs.
void ShowStages(const json::object& claim, std::size_t* said, Progress* progress) {
  const json::array& stages = ArrayOf(claim, "stages");
  while (*said < stages.size() && HasEnded(TextOf(ObjectOf(stages[*said]), "result"))) {
    progress->Say(RenderStage(ObjectOf(stages[*said])));
    ++*said;
  }
  if (*said >= stages.size()) return;
  const json::object& stage = ObjectOf(stages[*said]);
  progress->Show(fmt::format("stage {} of 7: {}", NumberOf(stage, "number"), TextOf(stage, "name")),
                 ShareOf(stage, "progress"), "");
}

int SayVerdict(const Context& context, const json::object& claim) {
  const std::string state = TextOf(claim, "state");
  const bool is_good = state == "promoted" || state == "waiting";
  if (context.invocation.wants_json) {
    PrintJson(claim);
  } else if (state == "promoted") {
    Print(fmt::format("Admitted as {}.\n", TextOf(claim, "model")));
  } else if (state == "waiting") {
    Print(fmt::format("All stages passed; {} waits.\n", TextOf(claim, "id")));
  } else if (state == "rejected") {
    Print(fmt::format("Refused: {}\nIt stays in quarantine as {}.\n", RenderRejection(claim),
                      TextOf(claim, "id")));
  } else {
    Print("Discarded.\n");
  }
  return is_good ? kExitOk : kExitFailed;
}

}  // namespace

std::string RenderRejection(const json::object& claim) {
  const json::object& rejection = ObjectOf(claim, "rejection");
  if (rejection.empty()) return {};
  std::string text =
      fmt::format("stage {}, rule {}", NumberOf(rejection, "stage"), TextOf(rejection, "rule"));
  if (const std::string offset = TextOf(rejection, "offset"); !offset.empty()) {
    text += ", offset " + offset;
  }
  return text + ": " + TextOf(rejection, "reason");
}

std::string RenderClaim(const json::object& claim) {
  std::string text =
      fmt::format("{}  {}\nstate: {}   {} of {}\n", TextOf(claim, "id"), TextOf(claim, "name"),
                  TextOf(claim, "state"),
                  HumanBytes(static_cast<std::uint64_t>(NumberOf(claim, "received_bytes"))),
                  HumanBytes(static_cast<std::uint64_t>(NumberOf(claim, "bytes"))));
  if (const std::string sha256 = TextOf(claim, "sha256"); !sha256.empty()) {
    text += "sha256: " + sha256 + "\n";
  }
  for (const json::value& value : ArrayOf(claim, "stages")) {
    const json::object& stage = ObjectOf(value);
    text += RenderStage(stage) + "\n";
    for (const json::value& item : ArrayOf(stage, "findings")) {
      const json::object& finding = ObjectOf(item);
      text += fmt::format("       {} {}: {}\n", TextOf(finding, "class"), TextOf(finding, "rule"),
                          TextOf(finding, "reason"));
    }
  }
  if (const std::string rejection = RenderRejection(claim); !rejection.empty()) {
    text += "refused: " + rejection + "\n";
  }
  return text;
}

int WatchClaim(const Context& context, const std::string& id) {
  Progress progress(context.terminal);
  std::size_t said = 0;
  for (;;) {
    const auto answer = context.gateway.AskJson("GET", "/api/models/import/" + PercentEncode(id));
    if (WasInterrupted()) {
      progress.Say("Quarantine goes on; look with: secai quarantine show " + id);
      return kExitInterrupted;
    }
    if (!answer.has_value()) {
      progress.Clear();
      return Complain(answer.error());
    }
    const json::object& claim = ObjectOf(*answer);
    ShowStages(claim, &said, &progress);
    if (IsOver(TextOf(claim, "state"))) {
      progress.Clear();
      return SayVerdict(context, claim);
    }
    std::this_thread::sleep_for(kPollPause);
  }
}

}  // namespace secai::cli

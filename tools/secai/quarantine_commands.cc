#include "secai/claim_watch.h"
#include "secai/command.h"
#include "secai/json_view.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

std::string ClaimRoute(const std::string& id) { return "/api/quarantine/" + PercentEncode(id); }

}  // namespace

int RunQuarantineList(const Context& context) {
  const auto answer = context.gateway.AskJson("GET", "/api/models");
  if (!answer.has_value()) return Complain(answer.error());
  const json::array& claims = ArrayOf(ObjectOf(*answer), "quarantine");
  if (context.invocation.wants_json) {
    PrintJson(json::object{{"quarantine", claims}});
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const json::value& value : claims) {
    const json::object& claim = ObjectOf(value);
    rows.push_back({TextOf(claim, "id"), TextOf(claim, "state"),
                    HumanBytes(static_cast<std::uint64_t>(NumberOf(claim, "bytes"))),
                    TextOf(claim, "name"), RenderRejection(claim)});
  }
  Print(rows.empty() ? "Quarantine is empty.\n"
                     : RenderTable({"ID", "STATE", "SIZE", "NAME", "WHY"}, rows));
  return kExitOk;
}

int RunQuarantineShow(const Context& context) {
  const auto answer = context.gateway.AskJson(
      "GET", "/api/models/import/" + PercentEncode(context.invocation.words.front()));
  if (!answer.has_value()) return Complain(answer.error());
  if (context.invocation.wants_json) {
    PrintJson(*answer);
  } else {
    Print(RenderClaim(ObjectOf(*answer)));
  }
  return kExitOk;
}

int RunQuarantineResubmit(const Context& context) {
  const std::string& id = context.invocation.words.front();
  WatchInterrupts();
  context.gateway.is_interrupted = WasInterrupted;
  const auto answer = context.gateway.AskJson("POST", ClaimRoute(id) + "/resubmit");
  if (!answer.has_value()) return Complain(answer.error());
  if (!context.invocation.wants_no_wait) return WatchClaim(context, id);
  if (context.invocation.wants_json) PrintJson(*answer);
  return kExitOk;
}

int RunQuarantineDiscard(const Context& context) {
  const auto answer =
      context.gateway.AskJson("DELETE", ClaimRoute(context.invocation.words.front()));
  if (!answer.has_value()) return Complain(answer.error());
  if (context.invocation.wants_json) {
    PrintJson(*answer);
  } else {
    Print("Discarded.\n");
  }
  return kExitOk;
}

}  // namespace secai::cli

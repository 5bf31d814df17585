#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "secai/command.h"
#include "secai/json_view.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kFollowPause{1000};

void PrintEntry(const Context& context, const json::object& entry) {
  if (context.invocation.wants_json) {
    PrintJson(entry);
    return;
  }
  Print(fmt::format("{:>6}  {}  {:<32} {}\n", NumberOf(entry, "seq"), TextOf(entry, "time"),
                    TextOf(entry, "event"), TextOf(entry, "fields")));
}

}  // namespace

int RunAuditTail(const Context& context) {
  const Invocation& invocation = context.invocation;
  WatchInterrupts();
  context.gateway.is_interrupted = WasInterrupted;
  std::string target = "/api/audit?limit=" + std::to_string(invocation.limit);
  const std::string filter = invocation.event_prefix.empty()
                                 ? std::string()
                                 : "&event=" + PercentEncode(invocation.event_prefix);
  for (;;) {
    const auto answer = context.gateway.AskJson("GET", target + filter);
    if (WasInterrupted()) return kExitOk;
    if (!answer.has_value()) return Complain(answer.error());
    const json::object& page = ObjectOf(*answer);
    const json::array& entries = ArrayOf(page, "entries");
    for (const json::value& entry : entries) PrintEntry(context, ObjectOf(entry));
    if (!invocation.wants_follow) return kExitOk;
    // A full page may have more behind it: go on from what was seen, not from the newest.
    const bool may_have_more =
        target.find("&after=") != std::string::npos && entries.size() == 1000;
    const std::int64_t seen =
        may_have_more ? NumberOf(ObjectOf(entries.back()), "seq") : NumberOf(page, "last_seq");
    target = "/api/audit?limit=1000&after=" + std::to_string(seen);
    if (!may_have_more) std::this_thread::sleep_for(kFollowPause);
    if (WasInterrupted()) return kExitOk;
  }
}

}  // namespace secai::cli

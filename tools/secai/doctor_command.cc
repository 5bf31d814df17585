#include <algorithm>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "base/utf8.h"
#include "secai/command.h"
#include "secai/doctor_checks.h"

namespace secai::cli {

int RunDoctor(const Context& context) {
  const auto health = context.gateway.Ask("GET", "/healthz");
  const auto findings = RunDoctorChecks(context.invocation.root, health.has_value());
  boost::json::array list;
  for (const Finding& finding : findings) {
    if (context.invocation.wants_json) {
      list.push_back(boost::json::object{{"level", LevelName(finding.level)},
                                         {"about", finding.about},
                                         {"detail", finding.detail},
                                         {"remedy", finding.remedy}});
      continue;
    }
    Print(fmt::format("{}  {:<9} {}\n", LevelName(finding.level), finding.about,
                      EscapeForDisplay(finding.detail)));
    if (!finding.remedy.empty())
      Print("                " + EscapeForDisplay(finding.remedy) + "\n");
  }
  const bool is_bad = std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.level == Finding::Level::kFail; });
  if (context.invocation.wants_json) {
    PrintJson(boost::json::object{{"ok", !is_bad}, {"findings", std::move(list)}});
  }
  return is_bad ? kExitFailed : kExitOk;
}

}  // namespace secai::cli

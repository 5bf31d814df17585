#include <fmt/format.h>

#include "secai/command.h"
#include "secai/json_view.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

// "yes" and "no" of the kernel's numbers; "?" for what nobody measured.
std::string Filter(const json::object& room) {
  if (room.if_contains("seccomp") == nullptr || room.at("seccomp").is_null()) return "?";
  const std::string seccomp = TextOf(room, "seccomp");
  return seccomp == "2" || seccomp == "true" ? "yes" : "no";
}

std::string RenderStatus(const std::string& root, const json::object& status,
                         const json::object& models) {
  const json::object& confinement = ObjectOf(status, "confinement");
  std::string text = fmt::format("SecAI OS {} in {}\n", TextOf(status, "version"), root);
  text += fmt::format(
      "network: {}   confinement: {} (Linux {}, Landlock ABI {})   vault: {}\n\n",
      TextOf(status, "network"), TextOf(confinement, "level"), TextOf(confinement, "kernel"),
      TextOf(confinement, "landlock_abi"),
      TextOf(status, "vault_status").empty() ? "not built yet" : TextOf(status, "vault_status"));
  std::vector<std::vector<std::string>> rooms;
  for (const json::value& value : ArrayOf(confinement, "rooms")) {
    const json::object& room = ObjectOf(value);
    rooms.push_back({TextOf(room, "room"), TextOf(room, "state"), Filter(room)});
  }
  text += RenderTable({"ROOM", "STATE", "SYSTEM CALLS FILTERED"}, rooms);
  const auto& admitted = ArrayOf(models, "models");
  text += fmt::format("\n{} admitted, {} in quarantine\n", admitted.size(),
                      ArrayOf(models, "quarantine").size());
  return text;
}

}  // namespace

int RunStatus(const Context& context) {
  const auto status = context.gateway.AskJson("GET", "/api/security/status");
  if (!status.has_value()) return Complain(status.error());
  const auto models = context.gateway.AskJson("GET", "/api/models");
  if (context.invocation.wants_json) {
    json::object both = {{"status", *status}};
    if (models.has_value()) both["models"] = *models;
    PrintJson(both);
  } else {
    Print(RenderStatus(context.invocation.root, ObjectOf(*status),
                       models.has_value() ? ObjectOf(*models) : json::object()));
  }
  return models.has_value() ? kExitOk : Complain(models.error());
}

}  // namespace secai::cli

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "base/strict_json.h"
#include "base/utf8.h"
#include "secai/claim_watch.h"
#include "secai/command.h"
#include "secai/json_view.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kPollPause{250};

Result<json::object> FindModel(GatewayClient& gateway, const std::string& name) {
  TRY_ASSIGN(const json::value answer, gateway.AskJson("GET", "/api/models"));
  for (const json::value& value : ArrayOf(ObjectOf(answer), "models")) {
    const json::object& model = ObjectOf(value);
    if (TextOf(model, "name") == name || TextOf(model, "sha256") == name) return model;
  }
  return Fail(ErrorCode::kNotFound, "no admitted model is called " + name);
}

std::string RouteOf(const std::string& model, std::string_view verb) {
  return "/api/models/" + PercentEncode(model) + std::string(verb);
}

// Asks, and says `sentence` (or the answer, with --json).
int AskAndSay(const Context& context, std::string_view method, const std::string& target,
              const std::string& sentence) {
  const auto answer = context.gateway.AskJson(method, target);
  if (!answer.has_value()) return Complain(answer.error());
  if (context.invocation.wants_json) {
    PrintJson(*answer);
  } else {
    Print(sentence + "\n");
  }
  return kExitOk;
}

struct OpenedFile {
  UniqueFd fd;
  std::uint64_t bytes = 0;
};

Result<OpenedFile> OpenForUpload(const std::string& path) {
  OpenedFile file;
  file.fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status = {};
  if (!file.fd.is_open() || ::fstat(file.fd.get(), &status) != 0) {
    return Fail(ErrorCode::kNotFound, path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, path + ": not a file");
  }
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  if (file.bytes == 0) return Fail(ErrorCode::kInvalidArgument, path + ": the file is empty");
  return file;
}

Result<std::string> Upload(const Context& context, const std::string& path) {
  TRY_ASSIGN(const OpenedFile file, OpenForUpload(path));
  const std::string name = context.invocation.name.empty()
                               ? std::filesystem::path(path).filename().string()
                               : context.invocation.name;
  Progress progress(context.terminal);
  TRY_ASSIGN(const Answer answer,
             context.gateway.Upload("/api/models/import?name=" + PercentEncode(name), file.fd.get(),
                                    file.bytes, [&](std::uint64_t sent) {
                                      progress.Show("sending " + EscapeForDisplay(name, 60),
                                                    static_cast<double>(sent) /
                                                        static_cast<double>(file.bytes),
                                                    HumanBytes(sent));
                                    }));
  progress.Clear();
  if (!answer.is_success()) return tl::unexpected(ErrorOfAnswer(answer));
  TRY_ASSIGN(const json::value value, ParseStrictJson(answer.body));
  const std::string id = TextOf(ObjectOf(value), "id");
  if (id.empty()) return Fail(ErrorCode::kCorrupt, "the gateway named no claim");
  return id;
}

}  // namespace

int RunModelsList(const Context& context) {
  const auto answer = context.gateway.AskJson("GET", "/api/models");
  if (!answer.has_value()) return Complain(answer.error());
  if (context.invocation.wants_json) {
    PrintJson(*answer);
    return kExitOk;
  }
  const json::array& models = ArrayOf(ObjectOf(*answer), "models");
  std::vector<std::vector<std::string>> rows;
  for (const json::value& value : models) {
    const json::object& model = ObjectOf(value);
    rows.push_back({TextOf(model, "name"),
                    HumanBytes(static_cast<std::uint64_t>(NumberOf(model, "size"))),
                    TextOf(model, "format"), TextOf(model, "status"), TextOf(model, "state")});
  }
  Print(rows.empty() ? "No model is admitted yet: secai models import FILE\n"
                     : RenderTable({"NAME", "SIZE", "FORMAT", "STATUS", "STATE"}, rows));
  return kExitOk;
}

int RunModelsShow(const Context& context) {
  const auto model = FindModel(context.gateway, context.invocation.words.front());
  if (!model.has_value()) return Complain(model.error());
  if (context.invocation.wants_json) {
    PrintJson(*model);
  } else {
    Print(RenderMembers(*model));
  }
  return kExitOk;
}

int RunModelsImport(const Context& context) {
  WatchInterrupts();
  context.gateway.is_interrupted = WasInterrupted;
  const auto id = Upload(context, context.invocation.words.front());
  if (!id.has_value()) return Complain(id.error());
  if (!context.invocation.wants_no_wait) return WatchClaim(context, *id);
  if (context.invocation.wants_json) {
    PrintJson(json::object{{"id", *id}});
  } else {
    Print("In quarantine as " + *id + "; look with: secai quarantine show " + *id + "\n");
  }
  return kExitOk;
}

int RunModelsVerify(const Context& context) {
  const Invocation& invocation = context.invocation;
  if (invocation.wants_all != invocation.words.empty()) {
    std::fputs("secai: name one model, or say --all\n", stderr);
    return kExitUsage;
  }
  const auto answer = context.gateway.Ask(
      "POST", invocation.wants_all ? "/api/models/verify-manifest"
                                   : RouteOf(invocation.words.front(), "/verify"));
  if (!answer.has_value()) return Complain(answer.error());
  // 409 tells what differs, in the same form as 200.
  const auto value = ParseStrictJson(answer->body);
  const bool is_verdict = value.has_value() && ObjectOf(*value).contains("ok");
  if (!is_verdict) return Complain(ErrorOfAnswer(*answer));
  if (invocation.wants_json) {
    PrintJson(*value);
  } else if (invocation.wants_all) {
    for (const json::value& item : ArrayOf(ObjectOf(*value), "results")) {
      const json::object& result = ObjectOf(item);
      Print(fmt::format("{}  {}  {}\n", TextOf(result, "ok") == "true" ? "ok     " : "DIFFERS",
                        TextOf(result, "name"), TextOf(result, "detail")));
    }
  } else {
    Print(fmt::format("{}  {}\n", answer->is_success() ? "ok" : "DIFFERS",
                      TextOf(ObjectOf(*value), "detail")));
  }
  return answer->is_success() ? kExitOk : kExitFailed;
}

int RunModelsRemove(const Context& context) {
  const std::string& model = context.invocation.words.front();
  return AskAndSay(context, "DELETE", RouteOf(model, ""),
                   "Removed " + EscapeForDisplay(model) + ".");
}

int RunModelsUnload(const Context& context) {
  const std::string& model = context.invocation.words.front();
  return AskAndSay(context, "POST", RouteOf(model, "/unload"),
                   "Unloaded " + EscapeForDisplay(model) + ".");
}

int RunModelsLoad(const Context& context) {
  WatchInterrupts();
  context.gateway.is_interrupted = WasInterrupted;
  const std::string& name = context.invocation.words.front();
  const auto asked = context.gateway.AskJson("POST", RouteOf(name, "/load"));
  if (!asked.has_value()) return Complain(asked.error());
  Progress progress(context.terminal);
  for (;;) {
    const auto model = FindModel(context.gateway, name);
    if (!model.has_value() || WasInterrupted()) {
      progress.Clear();
      return model.has_value() ? kExitInterrupted : Complain(model.error());
    }
    const std::string state = TextOf(*model, "state");
    if (state == "loaded" || state == "failed") {
      progress.Clear();
      if (context.invocation.wants_json) {
        PrintJson(*model);
      } else {
        Print(state == "loaded" ? "Loaded " + EscapeForDisplay(name) + ".\n"
                                : "Not loaded: " + TextOf(*model, "error") + "\n");
      }
      return state == "loaded" ? kExitOk : kExitFailed;
    }
    progress.Show("loading " + EscapeForDisplay(name, 60), ShareOf(*model, "progress"), "");
    std::this_thread::sleep_for(kPollPause);
  }
}

}  // namespace secai::cli

#pragma once

#include <span>
#include <string_view>

#include "gateway/parts.h"
#include "http/guard.h"
#include "http/message.h"

namespace secai::gateway {

using RouteHandler = Answer (*)(Parts* parts, Call* call);

// One line of the table of routes.
struct Route {
  http::Method method;
  std::string_view pattern;  // http/router.h
  http::RouteClass route_class;
  RouteHandler handler;
  std::string_view missing = {};  // Of a route of a room that is not built: what is missing.
};

// All routes of port 8480 and of the command line's socket (docs/api.md). What is not in it is 404.
std::span<const Route> AllRoutes();

// Handlers, by file. Each returns its answer or why there is none; `parts` and `call` outlive it.
// openai_routes.cc
Answer HandleChatCompletions(Parts* parts, Call* call);
Answer HandleCompletions(Parts* parts, Call* call);
Answer HandleOpenAiModels(Parts* parts, Call* call);
Answer HandleOpenAiModel(Parts* parts, Call* call);
// chat_routes.cc
Answer HandleChat(Parts* parts, Call* call);
Answer HandleChatStream(Parts* parts, Call* call);
// model_list_routes.cc
Answer HandleModelList(Parts* parts, Call* call);
Answer HandleModelEstimate(Parts* parts, Call* call);
// model_routes.cc
Answer HandleModelLoad(Parts* parts, Call* call);
Answer HandleModelUnload(Parts* parts, Call* call);
Answer HandleModelDelete(Parts* parts, Call* call);
Answer HandleModelDeleteAlias(Parts* parts, Call* call);
Answer HandleModelVerify(Parts* parts, Call* call);
Answer HandleManifestVerify(Parts* parts, Call* call);
// import_routes.cc
Answer HandleImport(Parts* parts, Call* call);
Answer HandleImportStatus(Parts* parts, Call* call);
Answer HandleQuarantineDiscard(Parts* parts, Call* call);
Answer HandleQuarantineResubmit(Parts* parts, Call* call);
// status_routes.cc
Answer HandleHealth(Parts* parts, Call* call);
Answer HandleReady(Parts* parts, Call* call);
Answer HandleSecurityStatus(Parts* parts, Call* call);
Answer HandleAuditTail(Parts* parts, Call* call);
Answer HandleEvents(Parts* parts, Call* call);
// page_routes.cc
Answer HandlePage(Parts* parts, Call* call);
Answer HandleAsset(Parts* parts, Call* call);

}  // namespace secai::gateway

#include "gateway/routes.h"

#include <array>

namespace secai::gateway {
namespace {

using http::Method;
using http::RouteClass;

constexpr std::string_view kVault = "the vault";
constexpr std::string_view kUpdates = "the update service";
constexpr std::string_view kAirlock = "the airlock";

// The one without a handler is /metrics: the service itself knows its numbers.
constexpr std::array kRoutes = {
    Route{Method::kGet, "/healthz", RouteClass::kAnyone, &HandleHealth},
    Route{Method::kGet, "/readyz", RouteClass::kAnyone, &HandleReady},
    Route{Method::kGet, "/health", RouteClass::kAnyone, &HandleHealth},

    Route{Method::kGet, "/", RouteClass::kPage, &HandlePage},
    Route{Method::kGet, "/index.html", RouteClass::kPage, &HandlePage},
    Route{Method::kGet, "/assets/*", RouteClass::kPage, &HandleAsset},
    Route{Method::kGet, "/favicon.ico", RouteClass::kPage, &HandleAsset},
    Route{Method::kGet, "/favicon.svg", RouteClass::kPage, &HandleAsset},

    Route{Method::kGet, "/metrics", RouteClass::kOwnerState, nullptr},
    Route{Method::kGet, "/api/security/status", RouteClass::kOwner, &HandleSecurityStatus},
    Route{Method::kGet, "/api/audit", RouteClass::kOwnerState, &HandleAuditTail},
    Route{Method::kGet, "/api/events", RouteClass::kOwnerState, &HandleEvents},

    Route{Method::kGet, "/api/models", RouteClass::kOwnerState, &HandleModelList},
    Route{Method::kPost, "/api/models/import", RouteClass::kOwnerState, &HandleImport},
    Route{Method::kGet, "/api/models/import/{id}", RouteClass::kOwnerState, &HandleImportStatus},
    Route{Method::kPost, "/api/models/delete", RouteClass::kOwnerState, &HandleModelDeleteAlias},
    Route{Method::kPost, "/api/models/verify-manifest", RouteClass::kOwnerState,
          &HandleManifestVerify},
    Route{Method::kDelete, "/api/models/{name}", RouteClass::kOwnerState, &HandleModelDelete},
    Route{Method::kPost, "/api/models/{name}/verify", RouteClass::kOwnerState, &HandleModelVerify},
    Route{Method::kPost, "/api/models/{name}/load", RouteClass::kOwnerState, &HandleModelLoad},
    Route{Method::kPost, "/api/models/{name}/unload", RouteClass::kOwnerState, &HandleModelUnload},
    Route{Method::kGet, "/api/models/{name}/estimate", RouteClass::kOwnerState,
          &HandleModelEstimate},
    Route{Method::kDelete, "/api/quarantine/{id}", RouteClass::kOwnerState,
          &HandleQuarantineDiscard},
    Route{Method::kPost, "/api/quarantine/{id}/resubmit", RouteClass::kOwnerState,
          &HandleQuarantineResubmit},

    Route{Method::kPost, "/api/chat", RouteClass::kOwnerState, &HandleChat},
    Route{Method::kPost, "/api/chat/stream", RouteClass::kOwnerState, &HandleChatStream},
    Route{Method::kGet, "/v1/models", RouteClass::kClientApi, &HandleOpenAiModels},
    Route{Method::kGet, "/v1/models/{id}", RouteClass::kClientApi, &HandleOpenAiModel},
    Route{Method::kPost, "/v1/chat/completions", RouteClass::kClientApi, &HandleChatCompletions},
    Route{Method::kPost, "/v1/completions", RouteClass::kClientApi, &HandleCompletions},

    Route{Method::kGet, "/api/vault/status", RouteClass::kOwner, nullptr, kVault},
    Route{Method::kPost, "/api/vault/initialize", RouteClass::kOwner, nullptr, kVault},
    Route{Method::kPost, "/api/vault/lock", RouteClass::kOwner, nullptr, kVault},
    Route{Method::kPost, "/api/vault/unlock", RouteClass::kOwner, nullptr, kVault},
    Route{Method::kPost, "/api/vault/keepalive", RouteClass::kOwnerState, nullptr, kVault},
    Route{Method::kPost, "/api/emergency/panic", RouteClass::kOwner, nullptr, kVault},
    Route{Method::kGet, "/api/emergency/status", RouteClass::kOwner, nullptr, kVault},
    Route{Method::kGet, "/api/keys", RouteClass::kSession, nullptr, kVault},
    Route{Method::kPost, "/api/keys", RouteClass::kSession, nullptr, kVault},
    Route{Method::kDelete, "/api/keys/{id}", RouteClass::kSession, nullptr, kVault},
    Route{Method::kGet, "/api/conversations", RouteClass::kSession, nullptr, kVault},
    Route{Method::kPost, "/api/conversations", RouteClass::kSession, nullptr, kVault},
    Route{Method::kGet, "/api/conversations/{id}", RouteClass::kSession, nullptr, kVault},
    Route{Method::kPut, "/api/conversations/{id}", RouteClass::kSession, nullptr, kVault},
    Route{Method::kDelete, "/api/conversations/{id}", RouteClass::kSession, nullptr, kVault},
    Route{Method::kPost, "/api/models/download", RouteClass::kOwnerState, nullptr, kAirlock},
    Route{Method::kGet, "/api/updates/check", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kPost, "/api/updates/stage", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kPost, "/api/updates/apply", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kPost, "/api/updates/rollback", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kGet, "/api/update/check", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kPost, "/api/update/stage", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kPost, "/api/update/apply", RouteClass::kOwner, nullptr, kUpdates},
    Route{Method::kPost, "/api/update/rollback", RouteClass::kOwner, nullptr, kUpdates},
};

}  // namespace

std::span<const Route> AllRoutes() { return kRoutes; }

}  // namespace secai::gateway

#include "audit/api/events.h"

namespace secai::audit::events {
namespace {

using boost::json::object;

void PutOffset(const std::optional<std::uint64_t>& offset, object* fields) {
  if (offset.has_value()) fields->emplace("offset", *offset);
}

}  // namespace

Event SupervisorStarted::ToEvent() const {
  return {"supervisor.started", {{"version", version}, {"level", level}}};
}
Event SupervisorRoomStarted::ToEvent() const {
  return {"supervisor.room_started", {{"room", room}, {"pid", pid}}};
}
Event SupervisorRoomExited::ToEvent() const {
  return {"supervisor.room_exited", {{"room", room}, {"how", how}, {"restarts", restarts}}};
}
Event SupervisorStopped::ToEvent() const { return {"supervisor.stopped", {{"reason", reason}}}; }

Event QuarantineReceived::ToEvent() const {
  return {"quarantine.received",
          {{"id", id}, {"name", name}, {"bytes", bytes}, {"source", source}}};
}
Event QuarantineStagePassed::ToEvent() const {
  return {"quarantine.stage_passed",
          {{"id", id}, {"stage", stage}, {"result", result}, {"detail", detail}}};
}
Event QuarantineStageFailed::ToEvent() const {
  object fields = {{"id", id}, {"stage", stage}, {"rule", rule}};
  PutOffset(offset, &fields);
  fields.emplace("reason", reason);
  return {"quarantine.stage_failed", std::move(fields)};
}
Event QuarantineRejected::ToEvent() const {
  object fields = {{"id", id}, {"name", name}};
  if (!sha256.empty()) fields.emplace("sha256", sha256);
  fields.emplace("stage", stage);
  fields.emplace("rule", rule);
  PutOffset(offset, &fields);
  fields.emplace("reason", reason);
  return {"quarantine.rejected", std::move(fields)};
}
Event QuarantinePromoted::ToEvent() const {
  return {"quarantine.promoted",
          {{"id", id}, {"name", name}, {"sha256", sha256}, {"trust_level", trust_level}}};
}
Event QuarantineDiscarded::ToEvent() const {
  return {"quarantine.discarded", {{"id", id}, {"name", name}, {"reason", reason}}};
}
Event QuarantineResubmitted::ToEvent() const {
  return {"quarantine.resubmitted", {{"id", id}, {"name", name}, {"attempt", attempt}}};
}
Event QuarantineResumed::ToEvent() const {
  return {"quarantine.resumed", {{"id", id}, {"name", name}, {"state", state}}};
}
Event QuarantineWithdrawn::ToEvent() const {
  return {"quarantine.withdrawn", {{"sha256", sha256}, {"reason", reason}}};
}

Event RegistryAdmitted::ToEvent() const {
  return {"registry.admitted",
          {{"name", name}, {"sha256", sha256}, {"bytes", bytes}, {"trust_level", trust_level}}};
}
Event RegistryRemoved::ToEvent() const {
  return {"registry.removed", {{"name", name}, {"sha256", sha256}}};
}
Event RegistryVerified::ToEvent() const {
  return {"registry.verified", {{"models", models}, {"mismatches", mismatches}}};
}
Event RegistryMismatchFound::ToEvent() const {
  return {"registry.mismatch_found", {{"name", name}, {"sha256", sha256}, {"detail", detail}}};
}

Event InferenceLoaded::ToEvent() const {
  return {"inference.loaded", {{"sha256", sha256}, {"name", name}}};
}
Event InferenceUnloaded::ToEvent() const {
  return {"inference.unloaded", {{"sha256", sha256}, {"reason", reason}}};
}
Event InferenceLoadFailed::ToEvent() const {
  return {"inference.load_failed", {{"sha256", sha256}, {"reason", reason}}};
}
Event InferenceWorkerCrashed::ToEvent() const {
  return {"inference.worker_crashed", {{"sha256", sha256}, {"how", how}}};
}
Event InferenceProbeStarted::ToEvent() const {
  return {"inference.probe_started", {{"sha256", sha256}, {"name", name}}};
}

Event GatewayRequestRefused::ToEvent() const {
  return {"gateway.request_refused", {{"reason", reason}, {"who", who}, {"count", count}}};
}
Event GatewayPolicyChanged::ToEvent() const {
  return {"gateway.policy_changed", {{"sha256", sha256}}};
}

Event AuditRepaired::ToEvent() const {
  return {"audit.repaired", {{"offset", offset}, {"cut_bytes", cut_bytes}, {"kept_as", kept_as}}};
}

}  // namespace secai::audit::events

// Every call of the page to the gateway, by name (docs/api.md).
import { request } from "./http.ts";
import {
  parseAuditPage,
  parseClaim,
  parseEstimate,
  parseModels,
  parseNothing,
  parseSecurityStatus,
  parseVerified,
  parseVerifiedAll,
} from "./messages.ts";

const model = (name: string) => `/api/models/${encodeURIComponent(name)}`;
const claim = (id: string) => `/api/quarantine/${encodeURIComponent(id)}`;

export const gateway = {
  securityStatus: () => request("/api/security/status", parseSecurityStatus),
  models: () => request("/api/models", parseModels),
  claim: (id: string) => request(`/api/models/import/${encodeURIComponent(id)}`, parseClaim),
  estimate: (name: string) => request(`${model(name)}/estimate`, parseEstimate),
  load: (name: string) =>
    request(`${model(name)}/load`, parseNothing, { method: "POST", body: {} }),
  unload: (name: string) =>
    request(`${model(name)}/unload`, parseNothing, { method: "POST", body: {} }),
  verify: (name: string) =>
    request(`${model(name)}/verify`, parseVerified, {
      method: "POST",
      body: {},
      alsoAnswers: [409],
    }),
  verifyAll: () =>
    request("/api/models/verify-manifest", parseVerifiedAll, {
      method: "POST",
      body: {},
      alsoAnswers: [409],
    }),
  remove: (name: string) => request(model(name), parseNothing, { method: "DELETE" }),
  discard: (id: string) => request(claim(id), parseNothing, { method: "DELETE" }),
  resubmit: (id: string) =>
    request(`${claim(id)}/resubmit`, parseNothing, { method: "POST", body: {} }),
  audit: (query: { limit: number; before?: number | undefined; event?: string }) => {
    const parameters = new URLSearchParams({ limit: String(query.limit) });
    if (query.before !== undefined) parameters.set("before", String(query.before));
    if (query.event !== undefined && query.event !== "") parameters.set("event", query.event);
    return request(`/api/audit?${parameters}`, parseAuditPage);
  },
};

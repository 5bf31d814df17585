// Keeps the page's copy of models, claims and status in step with the gateway.
import { startFeed, type RunningFeed } from "../api/events.ts";
import { gateway } from "../api/gateway.ts";
import {
  parseClaimsEvent,
  parseRegistryEvent,
  parseStatesEvent,
  type Claim,
  type Entry,
  type ModelState,
  type Models,
} from "../api/messages.ts";
import { fail, type Outcome } from "../api/outcome.ts";
import { parseJson } from "../api/parse.ts";
import type { ServerEvent } from "../api/sse.ts";
import { app, notify, patch, type App } from "./app.ts";

const SECURITY_EVERY_MS = 20_000;
let feed: RunningFeed | undefined;
/** Kinds of live events since the connection opened: what they said is newer than any listing. */
const heard = new Set<string>();

export function mergeClaims(old: readonly Claim[], changed: readonly Claim[]): Claim[] {
  const byId = new Map(old.map((claim) => [claim.id, claim]));
  for (const claim of changed) byId.set(claim.id, claim);
  return [...byId.values()]
    .filter((claim) => claim.state !== "discarded")
    .sort((a, b) => b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id));
}

export function indexStates(states: readonly ModelState[]): Record<string, ModelState> {
  return Object.fromEntries(states.map((state) => [state.sha256, state]));
}

/** Admitted ones only; a withdrawn entry is listed too, so that a person sees why it is gone. */
export function sortEntries(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * The page's part of a listing. A listing may be older than an event that arrived while it was on its way, so
 * it only fills in what no event of `heardKinds` has said.
 */
export function fromListing(
  value: App,
  models: Models,
  heardKinds: ReadonlySet<string>,
): Partial<App> {
  const states: Record<string, ModelState> = {};
  const estimates = { ...value.estimates };
  for (const { entry, live } of models.models) {
    const known = value.modelStates[entry.sha256];
    states[entry.sha256] = {
      sha256: entry.sha256,
      name: entry.name,
      state: live.state,
      progress: live.progress ?? known?.progress ?? 0,
      error: live.error,
      context_tokens: live.context_tokens ?? known?.context_tokens ?? 0,
      sequences: known?.sequences ?? 0,
      busy: known?.busy ?? 0,
      queued: known?.queued ?? 0,
      peak_bytes: known?.peak_bytes,
      estimate_bytes: known?.estimate_bytes,
      tokens_per_second: live.tokens_per_second ?? known?.tokens_per_second,
    };
    if (live.estimate !== undefined) estimates[entry.sha256] = live.estimate;
  }
  return {
    entries: heardKinds.has("registry")
      ? value.entries
      : sortEntries(models.models.map(({ entry }) => entry)),
    modelStates: heardKinds.has("models") ? { ...states, ...value.modelStates } : states,
    estimates,
    claims: heardKinds.has("claims") ? value.claims : mergeClaims([], models.quarantine),
  };
}

export async function refreshModels(): Promise<void> {
  const models = await gateway.models();
  if (!models.ok) {
    patch({ modelsStatus: { isReady: app.get().modelsStatus.isReady, error: models.error } });
    return;
  }
  app.update((value) => ({
    ...value,
    ...fromListing(value, models.value, heard),
    modelsStatus: { isReady: true, error: undefined },
  }));
}

export async function refreshSecurity(): Promise<void> {
  app.update((value) => ({ ...value, security: { ...value.security, isLoading: true } }));
  const status = await gateway.securityStatus();
  app.update((value) => ({
    ...value,
    security: status.ok
      ? { value: status.value, isLoading: false, error: undefined }
      : { value: undefined, isLoading: false, error: status.error },
  }));
}

/** Applies one live event; says so when the event is not understood. */
export function applyEvent(value: App, event: ServerEvent): Outcome<App> {
  switch (event.name) {
    case "claims": {
      const parsed = parseJson(parseClaimsEvent, event.data);
      if (!parsed.ok) return parsed;
      return {
        ok: true,
        value: { ...value, claims: mergeClaims(value.claims, parsed.value.claims) },
      };
    }
    case "models": {
      const parsed = parseJson(parseStatesEvent, event.data);
      if (!parsed.ok) return parsed;
      return { ok: true, value: { ...value, modelStates: indexStates(parsed.value.models) } };
    }
    case "registry": {
      const parsed = parseJson(parseRegistryEvent, event.data);
      if (!parsed.ok) return parsed;
      return { ok: true, value: { ...value, entries: sortEntries(parsed.value.models) } };
    }
    default:
      return fail("shape", `unknown live event "${event.name}"`);
  }
}

function loadedModels(value: App): string {
  const loaded = Object.values(value.modelStates).filter((state) => state.state === "loaded");
  return loaded.map((state) => state.sha256).join(" ");
}

export function startLive(): void {
  let hasComplained = false;
  feed = startFeed({
    onOpen: () => {
      heard.clear();
      patch({ connection: { state: "live" } });
      void refreshModels();
      void refreshSecurity();
    },
    onEvent: (event) => {
      const next = applyEvent(app.get(), event);
      if (next.ok) {
        heard.add(event.name);
        const before = loadedModels(app.get());
        app.update(() => next.value);
        // Another process runs a model now: ask the kernel about it.
        if (loadedModels(next.value) !== before) void refreshSecurity();
      } else if (!hasComplained) {
        hasComplained = true;
        notify("problem", `A live update was not understood (${next.error.message}).`);
      }
    },
    onLost: (failure, retryInMs) => {
      patch({ connection: { state: "lost", failure, retryAtMs: Date.now() + retryInMs } });
    },
  });
  void refreshModels();
  void refreshSecurity();
  setInterval(() => {
    if (document.visibilityState === "visible" && app.get().connection.state === "live") {
      void refreshSecurity();
    }
  }, SECURITY_EVERY_MS);
}

export function reconnectNow(): void {
  feed?.retryNow();
}

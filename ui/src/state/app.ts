// Everything the page knows, in one value. Nothing of it is written to disk, except the look.
import type { Claim, Entry, Estimate, ModelState, SecurityStatus } from "../api/messages.ts";
import type { Failure } from "../api/outcome.ts";
import type { Conversation } from "../chat/conversation.ts";
import { createStore } from "../kit/store.ts";
import type { Sample } from "../models/transfer.ts";
import { loadLook, type Look } from "./look.ts";

export type View = "chat" | "models" | "audit" | "security";

/** A value that comes from the gateway. A value that was there stays while a newer one is fetched. */
export interface Loadable<T> {
  value: T | undefined;
  isLoading: boolean;
  error: Failure | undefined;
}

export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "lost"; failure: Failure; retryAtMs: number };

export interface Upload {
  id: string;
  name: string;
  totalBytes: number;
  samples: Sample[];
  state: "sending" | "failed";
  error?: Failure;
}

/** A short message at the edge of the page. */
export interface Notice {
  id: number;
  kind: "info" | "problem";
  text: string;
}

export interface Settings {
  systemPrompt: string;
  temperature: number | undefined;
  maxTokens: number | undefined;
  /** How a screen reader hears an answer. */
  announce: "sentence" | "end" | "off";
}

export interface App {
  view: View;
  isSidebarOpen: boolean;
  look: Look;
  connection: Connection;
  security: Loadable<SecurityStatus>;
  /** Whether the first list of models has come, or why not. */
  modelsStatus: { isReady: boolean; error: Failure | undefined };
  entries: readonly Entry[];
  /** By SHA-256. */
  modelStates: Readonly<Record<string, ModelState>>;
  /** By SHA-256. */
  estimates: Readonly<Record<string, Estimate>>;
  /** Newest first. */
  claims: readonly Claim[];
  uploads: readonly Upload[];
  conversations: Readonly<Record<string, Conversation>>;
  activeId: string | undefined;
  /** The model chosen for chat, by SHA-256. */
  chosenModel: string | undefined;
  settings: Settings;
  notices: readonly Notice[];
}

export const app = createStore<App>({
  view: "chat",
  isSidebarOpen: typeof matchMedia === "function" ? matchMedia("(min-width: 56rem)").matches : true,
  look: loadLook(),
  connection: { state: "connecting" },
  security: { value: undefined, isLoading: false, error: undefined },
  modelsStatus: { isReady: false, error: undefined },
  entries: [],
  modelStates: {},
  estimates: {},
  claims: [],
  uploads: [],
  conversations: {},
  activeId: undefined,
  chosenModel: undefined,
  settings: {
    systemPrompt: "",
    temperature: undefined,
    maxTokens: undefined,
    announce: "sentence",
  },
  notices: [],
});

export function patch(part: Partial<App>): void {
  app.update((value) => ({ ...value, ...part }));
}

let nextNotice = 1;
const NOTICE_MS = 7_000;

export function notify(kind: Notice["kind"], text: string): void {
  const notice: Notice = { id: nextNotice++, kind, text };
  app.update((value) => ({ ...value, notices: [...value.notices.slice(-3), notice] }));
  if (kind === "info") setTimeout(() => dismissNotice(notice.id), NOTICE_MS);
}

export function dismissNotice(id: number): void {
  app.update((value) => ({ ...value, notices: value.notices.filter((one) => one.id !== id) }));
}

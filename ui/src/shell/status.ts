// What the status strip says, from what the gateway reports about kernel and services. Pure.
import type { ModelState, SecurityStatus } from "../api/messages.ts";
import type { ModelReference } from "../chat/conversation.ts";
import { plural, shortDigest } from "../kit/format.ts";
import type { MarkKind } from "../kit/icon.tsx";
import { isConfined, modelWorkers } from "../security/checks.ts";

export interface StripItem {
  id: "vault" | "network" | "model" | "worker";
  label: string;
  value: string;
  kind: MarkKind;
  /** What the page knows, one line each. */
  evidence: string[];
  remedy: string;
}

export interface StripInput {
  /** Undefined when it is not known now. */
  status: SecurityStatus | undefined;
  isConnected: boolean;
  model: ModelReference | undefined;
  modelState: ModelState | undefined;
  /** The engine says that some model is loaded. */
  isAnyLoaded: boolean;
}

const UNKNOWN = "The gateway does not answer, so nothing is claimed here.";
const UNKNOWN_REMEDY = "Check with: secai status. Start it with: secai up.";

export function stripItems(input: StripInput): StripItem[] {
  return [vaultItem(input), networkItem(input), modelItem(input), workerItem(input)];
}

function unknown(id: StripItem["id"], label: string): StripItem {
  return { id, label, value: "unknown", kind: "warn", evidence: [UNKNOWN], remedy: UNKNOWN_REMEDY };
}

function vaultItem({ status }: StripInput): StripItem {
  if (status === undefined) return unknown("vault", "Vault");
  const state = status.vault_status;
  const base = { id: "vault", label: "Vault" } as const;
  if (state === undefined) {
    return {
      ...base,
      value: "not built",
      kind: "info",
      evidence: [
        status.vault_note ?? "The encrypted vault is not part of this version.",
        "Conversations live in the memory of this page only and are gone when it closes.",
        "Admitted models lie unencrypted, read-only, in the registry folder.",
      ],
      remedy: "Use full-disk encryption for this machine until the vault exists.",
    };
  }
  return {
    ...base,
    value: state,
    kind: state === "locked" ? "good" : state === "unlocked" ? "good" : "info",
    evidence: [
      `The vault reports: ${state}.`,
      ...(status.vault_note === undefined ? [] : [status.vault_note]),
    ],
    remedy: state === "unlocked" ? "It locks by itself when idle." : "",
  };
}

function networkItem({ status }: StripInput): StripItem {
  if (status === undefined) return unknown("network", "Network");
  const base = { id: "network", label: "Network" } as const;
  const airlock =
    status.airlock_enabled === undefined
      ? "The airlock, the one part that may ever open an internet socket, does not exist in this version."
      : `The airlock is ${status.airlock_enabled ? "enabled" : "disabled"}.`;
  if (status.network === "none") {
    return {
      ...base,
      value: "none",
      kind: "good",
      evidence: [
        "Nothing can leave: no running part of SecAI may open an internet socket.",
        airlock,
        "Each part's kernel filter refuses it; see the security page.",
      ],
      remedy: "",
    };
  }
  return {
    ...base,
    value: status.network ?? "not measured",
    kind: "warn",
    evidence: [airlock],
    remedy: "The audit page lists what left this machine and which rule allowed it.",
  };
}

function modelItem({ model, modelState, isConnected }: StripInput): StripItem {
  const base = { id: "model", label: "Model" } as const;
  if (!isConnected) return unknown("model", "Model");
  if (model === undefined) {
    return {
      ...base,
      value: "none admitted",
      kind: "info",
      evidence: ["No admitted model can chat yet."],
      remedy: "Import a model on the Models page. It must pass all seven stages of quarantine.",
    };
  }
  return {
    ...base,
    value: `admitted ${model.sha256.slice(0, 8)}`,
    kind: "good",
    evidence: [
      `${model.name} passed quarantine and is in the registry.`,
      `SHA-256 begins ${shortDigest(model.sha256)}; the file is hashed again each time it is loaded.`,
      `State: ${modelState?.state ?? "unloaded"}.`,
    ],
    remedy: "Verify it at any time on the Models page.",
  };
}

function workerItem({ status, isAnyLoaded }: StripInput): StripItem {
  if (status === undefined) return unknown("worker", "Worker");
  const base = { id: "worker", label: "Worker" } as const;
  const workers = modelWorkers(status);
  // The worst one speaks for all.
  const worker = workers.find((one) => !isConfined(one)) ?? workers[0];
  if (worker === undefined && isAnyLoaded) {
    return {
      ...base,
      value: "not measured",
      kind: "warn",
      evidence: ["A model is loaded, but the kernel was not asked about its process yet."],
      remedy: "Look again in a moment; then: secai doctor.",
    };
  }
  if (worker === undefined) {
    return {
      ...base,
      value: "not running",
      kind: "info",
      evidence: [
        "No model is loaded, so no model process exists.",
        "It locks itself in before it reads a model.",
      ],
      remedy: "",
    };
  }
  const confined = isConfined(worker);
  const seccomp = worker.seccomp === 2 ? "filter" : words(worker.seccomp);
  return {
    ...base,
    value: confined ? "confined" : "NOT confined",
    kind: confined ? "good" : "bad",
    evidence: [
      `${plural(workers.length, "model process", "model processes")}; the kernel says of ${worker.room}:`,
      `seccomp ${seccomp}, no new privileges ${words(worker.no_new_privs)}.`,
      confined
        ? "It holds no files, no network and cannot start programs."
        : "This is not the confinement that this process must have.",
    ],
    remedy: confined ? "" : "Stop using this model and run: secai doctor.",
  };
}

export function words(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === null || value === undefined) return "not measured";
  return typeof value === "string" || typeof value === "number"
    ? String(value)
    : JSON.stringify(value);
}

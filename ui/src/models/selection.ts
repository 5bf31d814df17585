// Which models can chat, and words for what the lists show.
import type { Claim, Entry, Estimate, ModelState } from "../api/messages.ts";
import { formatPercent } from "../kit/format.ts";

/** Admitted models that the engine can run. */
export function runnableModels(entries: readonly Entry[]): Entry[] {
  return entries.filter((entry) => entry.status === "admitted" && entry.runnable);
}

export function trustInWords(level: number): string {
  switch (level) {
    case 1:
      return "Signed: the signature of its maker was checked";
    case 2:
      return "Pinned: the digest is one the policy names";
    case 3:
      return "Confirmed: a person compared the digest";
    case 4:
      return "Recorded: unsigned, the digest of the file is kept";
    default:
      return `Trust level ${level}`;
  }
}

export function trustWord(level: number): string {
  return ["", "signed", "pinned", "confirmed", "recorded"][level] ?? `level ${level}`;
}

export function stateInWords(entry: Entry, state: ModelState | undefined): string {
  if (entry.status !== "admitted") return "withdrawn";
  if (!entry.runnable) return "no engine for this format";
  switch (state?.state) {
    case "loading":
      return `loading ${formatPercent(state.progress)}`;
    case "loaded":
      return "loaded";
    case "failed":
      return "failed to load";
    default:
      return "not loaded";
  }
}

export function fitInWords(estimate: Estimate): string {
  return { fits: "fits", tight: "tight", no: "will not fit" }[estimate.fits];
}

/** Claims that still need to be seen: everything that has not become a model. */
export function openClaims(claims: readonly Claim[]): { running: Claim[]; rejected: Claim[] } {
  return {
    running: claims.filter((claim) => claim.state !== "rejected" && claim.state !== "promoted"),
    rejected: claims.filter((claim) => claim.state === "rejected"),
  };
}

export const STAGE_NAMES = [
  "Source Policy",
  "Format Gate",
  "Integrity Check",
  "Provenance",
  "Static Scan",
  "Behavioral Smoke Test",
  "Diffusion Deep Scan",
] as const;

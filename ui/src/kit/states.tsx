// The states every view has besides its content: loading, empty, failed.
import type { ComponentChildren } from "preact";
import { headingOf } from "../api/failure.ts";
import type { Failure } from "../api/outcome.ts";
import { Icon, Mark, type IconName } from "./icon.tsx";

export function Loading({ what }: { what: string }) {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" />
      <p>Loading {what} …</p>
    </div>
  );
}

export function Empty(properties: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={properties.icon} />
      </span>
      <p class="state-title">{properties.title}</p>
      {properties.children}
    </div>
  );
}

/** A failure with what to do about it. */
export function Failed({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  return (
    <div class="failed" role="alert">
      <Mark kind="bad" />
      <div>
        <p class="failed-title">{headingOf(failure)}</p>
        <p>{failure.message}</p>
        <p class="remedy">{remedyFor(failure)}</p>
        {onRetry !== undefined && (
          <button type="button" onClick={onRetry}>
            <Icon name="retry" /> Try again
          </button>
        )}
      </div>
    </div>
  );
}

export function remedyFor(failure: Failure): string {
  switch (failure.kind) {
    case "network":
      return "Check that SecAI runs on this machine: secai status. Start it with: secai up.";
    case "denied":
      return "Only the person who started SecAI may use this page, from this machine. Open it as that user.";
    case "locked":
      return "Unlock the vault to go on. Nothing was lost.";
    case "busy":
      return failure.retryAfterSeconds === undefined
        ? "Wait a moment, then try again."
        : `Try again in ${failure.retryAfterSeconds} s.`;
    case "server":
      return "secai doctor names the part that has trouble; the audit page shows what happened before.";
    case "shape":
      return "Page and gateway may be of different versions. Reload the page.";
    default:
      return "";
  }
}

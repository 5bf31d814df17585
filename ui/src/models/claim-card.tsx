// A file in quarantine: its seven stages, live, and what is to be done when it was refused.
import { useState } from "preact/hooks";
import type { Claim, Finding, Stage } from "../api/messages.ts";
import { Confirm } from "../kit/dialog.tsx";
import { Icon, Mark, type MarkKind } from "../kit/icon.tsx";
import {
  formatBytes,
  formatOffset,
  formatPercent,
  formatSeconds,
  formatTime,
  plural,
} from "../kit/format.ts";
import { Meter } from "../kit/meter.tsx";
import { discardClaim, resubmitClaim } from "./actions.ts";
import { STAGE_NAMES } from "./selection.ts";

const STATE_WORDS: Readonly<Record<Claim["state"], string>> = {
  receiving: "receiving",
  received: "received",
  checking: "checking",
  rejected: "refused",
  promoted: "admitted",
  discarded: "discarded",
  waiting: "waiting",
};

/** All seven stages, also while the gateway has named none yet. */
export function allStages(claim: Claim): Stage[] {
  return STAGE_NAMES.map((name, index) => {
    const known = claim.stages.find((stage) => stage.number === index + 1);
    return (
      known ?? {
        number: index + 1,
        name,
        result: "PENDING",
        detail: "",
        progress: 0,
        seconds: 0,
        findings: [],
      }
    );
  });
}

export function ClaimCard({ claim }: { claim: Claim }) {
  const isRefused = claim.state === "rejected";
  const current = claim.stages.find((stage) => stage.result === "RUNNING");
  return (
    <article
      class={isRefused ? "card is-bad" : "card"}
      aria-label={`${claim.name}, ${STATE_WORDS[claim.state]}`}
    >
      <header class="card-head">
        <Mark kind={isRefused ? "bad" : claim.state === "promoted" ? "good" : "busy"} />
        <h3>{claim.name}</h3>
        <span class="card-state">
          {current === undefined
            ? STATE_WORDS[claim.state]
            : `stage ${current.number} of ${STAGE_NAMES.length}`}
        </span>
      </header>
      <p class="card-facts">
        {formatBytes(claim.bytes || claim.received_bytes)}
        {claim.format !== undefined && ` · ${claim.format}`}
        {claim.created_at !== "" && ` · ${formatTime(claim.created_at)}`}
        {claim.attempts > 1 && ` · attempt ${claim.attempts}`}
        {claim.source !== "local" && ` · from ${claim.source}`}
      </p>
      {claim.rejection !== undefined && <Rejection claim={claim} />}
      {claim.state === "receiving" ? (
        <Meter
          fraction={claim.bytes > 0 ? claim.received_bytes / claim.bytes : undefined}
          label={`Receiving ${claim.name}`}
        />
      ) : (
        <Stages claim={claim} />
      )}
      {isRefused && <RefusedActions claim={claim} />}
    </article>
  );
}

function Rejection({ claim }: { claim: Claim }) {
  const why = claim.rejection;
  if (why === undefined) return null;
  return (
    <div class="rejection">
      <p class="rejection-reason">{asSentence(why.reason)}</p>
      <p>
        Refused in stage {why.stage}, {STAGE_NAMES[why.stage - 1] ?? "unknown"}, by rule{" "}
        <code>{why.rule}</code>
        {why.offset !== undefined && ` at ${formatOffset(why.offset)}`}.
      </p>
    </div>
  );
}

export function Stages({ claim }: { claim: Claim }) {
  return (
    <ol class="stages" aria-label="Stages">
      {allStages(claim).map((stage) => (
        <StageRow
          key={stage.number}
          stage={withoutEcho(stage, claim)}
          pendingWord={claim.state === "rejected" ? "not reached" : "waiting"}
        />
      ))}
    </ol>
  );
}

/** The stage without what stands above it already: the reason of the refusal, word for word. */
export function withoutEcho(stage: Stage, claim: Claim): Stage {
  const why = claim.rejection;
  if (why === undefined || why.stage !== stage.number) return stage;
  const findings = stage.findings.filter(
    (one) => one.rule !== why.rule || one.reason !== why.reason || one.offset !== why.offset,
  );
  return { ...stage, detail: stage.detail.includes(why.reason) ? "" : stage.detail, findings };
}

/** With a capital letter at its beginning; the rooms write reasons as parts of sentences. */
export function asSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const RESULTS: Readonly<Record<Stage["result"], { kind: MarkKind | undefined; word: string }>> = {
  PENDING: { kind: undefined, word: "" },
  RUNNING: { kind: "busy", word: "running" },
  PASS: { kind: "good", word: "PASS" },
  FAIL: { kind: "bad", word: "FAIL" },
  SKIP: { kind: "info", word: "SKIP" },
};

function StageRow({ stage, pendingWord }: { stage: Stage; pendingWord: string }) {
  const { kind, word } = RESULTS[stage.result];
  return (
    <li class={`stage stage-${stage.result.toLowerCase()}`}>
      <span class="stage-mark">
        {kind === undefined ? (
          <span class="stage-number">{stage.number}</span>
        ) : (
          <Mark kind={kind} />
        )}
      </span>
      <div class="stage-body">
        <p class="stage-line">
          <span class="stage-name">
            {stage.number}/{STAGE_NAMES.length} {stage.name}
          </span>
          <span class="stage-word">
            {stage.result === "PENDING" ? pendingWord : word}
            {stage.result === "RUNNING" &&
              stage.progress > 0 &&
              ` ${formatPercent(stage.progress)}`}
            {stage.result !== "RUNNING" && stage.seconds >= 0.05 && (
              <span class="muted"> {formatSeconds(stage.seconds)}</span>
            )}
          </span>
        </p>
        {stage.result === "RUNNING" && (
          <Meter
            fraction={stage.progress > 0 ? stage.progress : undefined}
            label={`${stage.name} in progress`}
          />
        )}
        {stage.detail !== "" && <p class="stage-detail">{stage.detail}</p>}
        {stage.findings.length > 0 && <Findings findings={stage.findings} />}
      </div>
    </li>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <details class="findings" open={findings.some((finding) => finding.class === "gate")}>
      <summary>{plural(findings.length, "finding")}</summary>
      <ul>
        {findings.map((finding, index) => (
          <li key={index}>
            <span class={`finding-class finding-${finding.class}`}>{finding.class}</span>{" "}
            <code>{finding.rule}</code> {finding.reason}
            {finding.tensor !== undefined && (
              <>
                {" "}
                in tensor <code>{finding.tensor}</code>
              </>
            )}
            {finding.offset !== undefined && ` at ${formatOffset(finding.offset)}`}
          </li>
        ))}
      </ul>
    </details>
  );
}

function RefusedActions({ claim }: { claim: Claim }) {
  const [asks, setAsks] = useState(false);
  return (
    <div class="card-actions">
      <p class="muted">
        The file stays in quarantine and cannot be used. You may change the policy's thresholds and
        re-submit it; no key skips a stage.
      </p>
      <button type="button" onClick={() => void resubmitClaim(claim.id, claim.name)}>
        <Icon name="retry" /> Re-submit
      </button>
      <button type="button" class="danger-quiet" onClick={() => setAsks(true)}>
        <Icon name="trash" /> Discard
      </button>
      {asks && (
        <Confirm
          title="Discard this file?"
          action="Discard"
          isDangerous
          onClose={() => setAsks(false)}
          onConfirm={() => void discardClaim(claim.id, claim.name)}
        >
          <p>
            <strong>{claim.name}</strong> ({formatBytes(claim.bytes)}) is deleted from quarantine.
            The audit log keeps why it was refused.
          </p>
        </Confirm>
      )}
    </div>
  );
}

// An admitted model: what it is, how far it is trusted, whether it will run, and what to do with it.
import { useEffect, useState } from "preact/hooks";
import type { Entry, Estimate } from "../api/messages.ts";
import { copyText } from "../kit/clipboard.ts";
import { Confirm } from "../kit/dialog.tsx";
import { formatBytes, formatCount, formatTime, shortDigest } from "../kit/format.ts";
import { Icon, Mark, type MarkKind } from "../kit/icon.tsx";
import { Meter } from "../kit/meter.tsx";
import { useStore } from "../kit/store.ts";
import { app, patch } from "../state/app.ts";
import { goTo } from "../state/navigation.ts";
import { estimateFit, loadModel, removeModel, unloadModel, verifyModel } from "./actions.ts";
import { Stages } from "./claim-card.tsx";
import { fitInWords, stateInWords, trustInWords, trustWord } from "./selection.ts";

export function ModelCard({ entry }: { entry: Entry }) {
  const state = useStore(app, (value) => value.modelStates[entry.sha256]);
  const estimate = useStore(app, (value) => value.estimates[entry.sha256]);
  const claim = useStore(app, (value) =>
    value.claims.find((one) => one.state === "promoted" && one.sha256 === entry.sha256),
  );
  const isWithdrawn = entry.status !== "admitted";
  const mayEstimate = estimate === undefined && entry.runnable && !isWithdrawn;
  useEffect(() => {
    if (mayEstimate) void estimateFit(entry.name, entry.sha256);
  }, [mayEstimate]);
  const kind: MarkKind = isWithdrawn
    ? "bad"
    : state?.state === "loading"
      ? "busy"
      : state?.state === "failed"
        ? "bad"
        : state?.state === "loaded"
          ? "good"
          : "info";
  return (
    <article class={isWithdrawn ? "card is-bad" : "card"} aria-label={entry.name}>
      <header class="card-head">
        <Mark kind={kind} />
        <h3>{entry.name}</h3>
        <span class="card-state">{stateInWords(entry, state)}</span>
      </header>
      <ul class="chips" aria-label="Facts">
        <li>{formatBytes(entry.size)}</li>
        {entry.quantization !== undefined && <li>{entry.quantization}</li>}
        {entry.parameters !== undefined && <li>{formatCount(entry.parameters)} parameters</li>}
        {entry.architecture !== undefined && <li>{entry.architecture}</li>}
        {entry.context_length !== undefined && <li>{formatCount(entry.context_length)} context</li>}
        <li title={trustInWords(entry.trust_level)}>{trustWord(entry.trust_level)}</li>
        {estimate !== undefined && (
          <li class={`fit fit-${estimate.fits}`}>{fitInWords(estimate)}</li>
        )}
      </ul>
      {state?.state === "loading" && (
        <Meter fraction={state.progress} label={`Loading ${entry.name}`} />
      )}
      {state?.state === "failed" && (
        <p class="card-problem">{state.error ?? "It could not be loaded."}</p>
      )}
      {isWithdrawn && (
        <p class="card-problem">
          The stored file differs from what was admitted, so it is withdrawn and cannot run.
        </p>
      )}
      <Details entry={entry} estimate={estimate} />
      {claim !== undefined && (
        <details class="card-details">
          <summary>How it passed quarantine</summary>
          <Stages claim={claim} />
        </details>
      )}
      <Actions
        entry={entry}
        isLoaded={state?.state === "loaded"}
        isLoading={state?.state === "loading"}
      />
    </article>
  );
}

function Details({ entry, estimate }: { entry: Entry; estimate: Estimate | undefined }) {
  const measured = useStore(app, (value) => value.modelStates[entry.sha256]);
  return (
    <details class="card-details">
      <summary>
        Digest <code>{shortDigest(entry.sha256)}</code> and details
      </summary>
      <dl>
        <div>
          <dt>SHA-256</dt>
          <dd>
            <code class="digest">{entry.sha256}</code>
            <button
              type="button"
              class="icon-button"
              aria-label={`Copy digest of ${entry.name}`}
              title="Copy digest"
              onClick={() => void copyText(entry.sha256, "Digest")}
            >
              <Icon name="copy" />
            </button>
          </dd>
        </div>
        <Row name="Trust" value={trustInWords(entry.trust_level)} />
        <Row name="Source" value={entry.source} />
        <Row name="Format" value={entry.format} />
        <Row name="Admitted" value={formatTime(entry.promoted_at)} />
        {estimate !== undefined && (
          <>
            <Row
              name="Will it run"
              value={`${fitInWords(estimate)}: needs about ${formatBytes(estimate.peak_bytes)} at its peak, ${formatBytes(estimate.available_bytes)} are free`}
            />
            <Row
              name="Of that"
              value={`weights ${formatBytes(estimate.weights_bytes)}, repacked ${formatBytes(estimate.repack_bytes)}, context ${formatBytes(estimate.context_bytes)}`}
            />
          </>
        )}
        {measured?.peak_bytes !== undefined && (
          <Row name="Measured peak" value={formatBytes(measured.peak_bytes)} />
        )}
        {measured?.tokens_per_second !== undefined && measured.tokens_per_second > 0 && (
          <Row name="Measured speed" value={`${measured.tokens_per_second.toFixed(1)} tokens/s`} />
        )}
      </dl>
    </details>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Actions({
  entry,
  isLoaded,
  isLoading,
}: {
  entry: Entry;
  isLoaded: boolean;
  isLoading: boolean;
}) {
  const [isBusy, setIsBusy] = useState(false);
  const [asks, setAsks] = useState(false);
  const canRun = entry.status === "admitted" && entry.runnable;
  const during = (work: Promise<unknown>) => {
    setIsBusy(true);
    void work.finally(() => setIsBusy(false));
  };
  return (
    <div class="card-actions">
      {canRun && (
        <button
          type="button"
          class="primary"
          onClick={() => {
            patch({ chosenModel: entry.sha256, activeId: undefined });
            goTo("chat");
          }}
        >
          <Icon name="chat" /> Chat
        </button>
      )}
      {canRun && !isLoaded && (
        <button
          type="button"
          disabled={isBusy || isLoading}
          onClick={() => during(loadModel(entry.name))}
        >
          {isLoading ? "Loading …" : "Load"}
        </button>
      )}
      {isLoaded && (
        <button type="button" disabled={isBusy} onClick={() => during(unloadModel(entry.name))}>
          Unload
        </button>
      )}
      <button type="button" disabled={isBusy} onClick={() => during(verifyModel(entry.name))}>
        Verify
      </button>
      <button type="button" class="danger-quiet" disabled={isBusy} onClick={() => setAsks(true)}>
        Remove
      </button>
      {asks && (
        <Confirm
          title="Remove this model?"
          action="Remove"
          isDangerous
          onClose={() => setAsks(false)}
          onConfirm={() => during(removeModel(entry.name))}
        >
          <p>
            <strong>{entry.name}</strong> ({formatBytes(entry.size)}) is deleted from the registry.
            To use it again, it must be imported and pass all stages again.
          </p>
        </Confirm>
      )}
    </div>
  );
}

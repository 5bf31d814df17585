// The models page: import, what is in quarantine now, what was refused, what was admitted.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../kit/icon.tsx";
import { Empty, Failed, Loading } from "../kit/states.tsx";
import { useStore } from "../kit/store.ts";
import { app } from "../state/app.ts";
import { refreshModels } from "../state/live.ts";
import { importFiles, verifyAll } from "./actions.ts";
import { ClaimCard } from "./claim-card.tsx";
import { ModelCard } from "./model-card.tsx";
import { openClaims } from "./selection.ts";
import { UploadCard } from "./upload-card.tsx";

export function ModelsView() {
  const status = useStore(app, (value) => value.modelsStatus);
  return (
    <div class="page" tabIndex={0} role="region" aria-label="Models of this machine">
      <header class="page-head">
        <div>
          <h1>Models</h1>
          <p class="muted">
            No model runs unadmitted. Every file passes seven stages, and there is no override.
          </p>
        </div>
        <ImportButton />
      </header>
      {status.error !== undefined && (
        <Failed failure={status.error} onRetry={() => void refreshModels()} />
      )}
      {status.isReady ? <Lists /> : status.error === undefined && <Loading what="models" />}
    </div>
  );
}

function ImportButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="import">
      <input
        ref={input}
        type="file"
        id="import-file"
        class="hidden-text"
        tabIndex={-1}
        aria-label="Model file"
        multiple
        onChange={(event) => {
          importFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <button type="button" class="primary" onClick={() => input.current?.click()}>
        <Icon name="upload" /> Import
      </button>
    </div>
  );
}

function Lists() {
  const entries = useStore(app, (value) => value.entries);
  const claims = useStore(app, (value) => value.claims);
  const uploads = useStore(app, (value) => value.uploads);
  const { running, rejected } = openClaims(claims);
  // A file that this page is sending has its own row, with rate and time left.
  const sending = new Set(uploads.filter((one) => one.state === "sending").map((one) => one.name));
  const shown = running.filter((claim) => claim.state !== "receiving" || !sending.has(claim.name));
  return (
    <>
      {(uploads.length > 0 || shown.length > 0) && (
        <Section title="In quarantine" count={uploads.length + shown.length}>
          {uploads.map((upload) => (
            <UploadCard key={upload.id} upload={upload} />
          ))}
          {shown.map((claim) => (
            <ClaimCard key={claim.id} claim={claim} />
          ))}
        </Section>
      )}
      {rejected.length > 0 && (
        <Section title="Refused" count={rejected.length}>
          {rejected.map((claim) => (
            <ClaimCard key={claim.id} claim={claim} />
          ))}
        </Section>
      )}
      <Section
        title="Admitted"
        count={entries.length}
        action={
          entries.length > 0 && (
            <button type="button" class="quiet" onClick={() => void verifyAll()}>
              <Icon name="check" /> Verify all
            </button>
          )
        }
      >
        {entries.length === 0 ? (
          <Empty icon="cube" title="No model is admitted yet">
            <p class="muted">
              Drop a GGUF file anywhere on this page, or use Import. Safetensors are accepted too,
              but the engine runs GGUF only.
            </p>
          </Empty>
        ) : (
          entries.map((entry) => <ModelCard key={entry.name} entry={entry} />)
        )}
      </Section>
    </>
  );
}

function Section(properties: {
  title: string;
  count: number;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="section" aria-label={properties.title}>
      <header class="section-head">
        <h2>
          {properties.title} {properties.count > 0 && <span class="count">{properties.count}</span>}
        </h2>
        {properties.action}
      </header>
      <div class="cards">{properties.children}</div>
    </section>
  );
}

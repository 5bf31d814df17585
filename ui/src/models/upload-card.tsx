// A file on its way into quarantine.
import { Icon, Mark } from "../kit/icon.tsx";
import { formatBytes, formatDuration, formatPercent } from "../kit/format.ts";
import { Meter } from "../kit/meter.tsx";
import { headingOf } from "../api/failure.ts";
import { remedyFor } from "../kit/states.tsx";
import type { Upload } from "../state/app.ts";
import { cancelUpload, dismissUpload } from "./actions.ts";
import { progressOf } from "./transfer.ts";

export function UploadCard({ upload }: { upload: Upload }) {
  if (upload.state === "failed") return <FailedUpload upload={upload} />;
  const progress = progressOf(upload.samples, upload.totalBytes);
  const sent = upload.samples.at(-1)?.bytes ?? 0;
  const isSent = progress.fraction >= 1;
  return (
    <article class="card" aria-label={`Upload of ${upload.name}`}>
      <header class="card-head">
        <Mark kind="busy" />
        <h3>{upload.name}</h3>
        <span class="card-state">{isSent ? "finishing" : "receiving"}</span>
      </header>
      <Meter fraction={progress.fraction} label={`Upload of ${upload.name}`} />
      <div class="card-line">
        <span>
          {formatPercent(progress.fraction)} · {formatBytes(sent)} of{" "}
          {formatBytes(upload.totalBytes)}
          {progress.rate > 0 && !isSent && ` · ${formatBytes(progress.rate)}/s`}
          {progress.secondsLeft !== undefined && !isSent
            ? ` · ${formatDuration(progress.secondsLeft)} left`
            : ""}
        </span>
        <button type="button" onClick={() => cancelUpload(upload.id)}>
          <Icon name="close" /> Cancel
        </button>
      </div>
    </article>
  );
}

function FailedUpload({ upload }: { upload: Upload }) {
  const error = upload.error ?? { kind: "network" as const, message: "The upload failed." };
  return (
    <article class="card is-bad" aria-label={`Upload of ${upload.name}`}>
      <header class="card-head">
        <Mark kind="bad" />
        <h3>{upload.name}</h3>
        <span class="card-state">not imported</span>
      </header>
      <p role="alert">
        <strong>{headingOf(error)}.</strong> {error.message} {remedyFor(error)}
      </p>
      <div class="card-actions">
        <button type="button" onClick={() => dismissUpload(upload.id)}>
          Dismiss
        </button>
      </div>
    </article>
  );
}

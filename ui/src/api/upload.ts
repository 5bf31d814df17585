// The upload of a model file, with progress. XMLHttpRequest, because fetch reports none.
import { failureFromAnswer } from "./failure.ts";
import { parseImportStarted } from "./messages.ts";
import { fail, ok, type Outcome } from "./outcome.ts";
import { parseJson } from "./parse.ts";

export interface RunningUpload {
  /** Resolves to the id of the claim. */
  finished: Promise<Outcome<string>>;
  cancel: () => void;
}

/** Starts an upload at once. `onProgress` gets the bytes sent so far, never falling. */
export function startUpload(file: File, onProgress: (sentBytes: number) => void): RunningUpload {
  const call = new XMLHttpRequest();
  const finished = new Promise<Outcome<string>>((resolve) => {
    let best = 0;
    call.upload.onprogress = (event) => {
      // The form's own few bytes are not the file's.
      best = Math.max(best, Math.min(event.loaded, file.size));
      onProgress(best);
    };
    call.onload = () => {
      if (call.status < 200 || call.status > 299) {
        const wait = call.getResponseHeader("Retry-After");
        resolve({ ok: false, error: failureFromAnswer(call.status, call.responseText, wait) });
        return;
      }
      const started = parseJson(parseImportStarted, call.responseText);
      resolve(started.ok ? ok(started.value.id) : started);
    };
    call.onerror = () =>
      resolve(fail("network", "The connection broke during the upload. Nothing was imported."));
    call.onabort = () => resolve(fail("aborted", "The upload was cancelled."));
  });
  const form = new FormData();
  form.append("file", file, file.name);
  call.open("POST", `/api/models/import?name=${encodeURIComponent(file.name)}`);
  call.setRequestHeader("Accept", "application/json");
  call.send(form);
  return { finished, cancel: () => call.abort() };
}

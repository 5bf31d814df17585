// What a person does with models: import, load, verify, remove, discard, re-submit.
import { gateway } from "../api/gateway.ts";
import type { Failure, Outcome } from "../api/outcome.ts";
import { startUpload } from "../api/upload.ts";
import { headingOf } from "../api/failure.ts";
import { plural } from "../kit/format.ts";
import { app, notify, type Upload } from "../state/app.ts";
import { refreshModels } from "../state/live.ts";
import { addSample } from "./transfer.ts";

const cancels = new Map<string, () => void>();

function changeUpload(id: string, change: (upload: Upload) => Upload): void {
  app.update((value) => ({
    ...value,
    uploads: value.uploads.map((upload) => (upload.id === id ? change(upload) : upload)),
  }));
}

export function dismissUpload(id: string): void {
  cancels.delete(id);
  app.update((value) => ({ ...value, uploads: value.uploads.filter((one) => one.id !== id) }));
}

export function cancelUpload(id: string): void {
  cancels.get(id)?.();
}

/** Uploads files one after another is the browser's business; each has its own row here. */
export function importFiles(files: Iterable<File>): void {
  for (const file of files) void importFile(file);
}

async function importFile(file: File): Promise<void> {
  const id = crypto.randomUUID();
  const upload: Upload = {
    id,
    name: file.name,
    totalBytes: file.size,
    samples: [{ atMs: performance.now(), bytes: 0 }],
    state: "sending",
  };
  app.update((value) => ({ ...value, uploads: [...value.uploads, upload] }));
  const running = startUpload(file, (bytes) => {
    const sample = { atMs: performance.now(), bytes };
    changeUpload(id, (old) => ({ ...old, samples: addSample(old.samples, sample) }));
  });
  cancels.set(id, running.cancel);
  const outcome = await running.finished;
  cancels.delete(id);
  if (outcome.ok) {
    await refreshModels();
    dismissUpload(id);
    return;
  }
  if (outcome.error.kind === "aborted") {
    dismissUpload(id);
    notify("info", `The upload of ${file.name} was cancelled.`);
    return;
  }
  const { error } = outcome;
  changeUpload(id, (old) => ({ ...old, state: "failed", error }));
}

function complain(error: Failure): void {
  notify("problem", `${headingOf(error)}: ${error.message}`);
}

/** Runs an action and says how it went; `done` is said when it went well. */
async function act(outcome: Promise<Outcome<unknown>>, done: string): Promise<boolean> {
  const result = await outcome;
  if (result.ok) {
    if (done !== "") notify("info", done);
  } else {
    complain(result.error);
  }
  await refreshModels();
  return result.ok;
}

export const loadModel = (name: string) => act(gateway.load(name), "");
export const unloadModel = (name: string) => act(gateway.unload(name), `${name} is unloaded.`);
export const removeModel = (name: string) => act(gateway.remove(name), `${name} is removed.`);
export const discardClaim = (id: string, name: string) =>
  act(gateway.discard(id), `${name} is discarded.`).then(() => {
    app.update((value) => ({ ...value, claims: value.claims.filter((claim) => claim.id !== id) }));
    return refreshModels();
  });
export const resubmitClaim = (id: string, name: string) =>
  act(gateway.resubmit(id), `${name} goes through all stages again.`);

export async function verifyModel(name: string): Promise<void> {
  const result = await gateway.verify(name);
  if (!result.ok) complain(result.error);
  else if (result.value.ok) notify("info", `${name} is unchanged: its digest was computed again.`);
  else notify("problem", `${name} differs from its record. ${result.value.detail}`);
  await refreshModels();
}

export async function verifyAll(): Promise<void> {
  const result = await gateway.verifyAll();
  if (!result.ok) {
    complain(result.error);
    return;
  }
  const bad = result.value.results.filter((one) => !one.ok);
  if (result.value.ok) {
    notify("info", `${plural(result.value.results.length, "model")} verified, none differs.`);
  } else {
    notify("problem", `Differs from its record: ${bad.map((one) => one.name).join(", ")}.`);
  }
  await refreshModels();
}

/** Asks whether a model will run. Without an answer nothing is claimed. */
export async function estimateFit(name: string, sha256: string): Promise<void> {
  const result = await gateway.estimate(name);
  if (!result.ok) return;
  const estimate = result.value;
  app.update((value) => ({ ...value, estimates: { ...value.estimates, [sha256]: estimate } }));
}

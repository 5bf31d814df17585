// The arithmetic of an upload's progress: rate and time left, from samples of a clock.

export interface Sample {
  atMs: number;
  bytes: number;
}

export interface Progress {
  /** 0 to 1, never falling and never above 1. */
  fraction: number;
  /** Bytes a second over the last seconds; 0 while unknown. */
  rate: number;
  /** Seconds, or undefined while unknown. */
  secondsLeft: number | undefined;
}

const WINDOW_MS = 5_000;

/** Keeps the samples of the last seconds, and always the newest two. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const kept = samples.filter((old) => sample.atMs - old.atMs <= WINDOW_MS);
  const base = kept.length > 0 ? kept : samples.slice(-1);
  return [...base, sample];
}

export function progressOf(samples: readonly Sample[], totalBytes: number): Progress {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) {
    return { fraction: 0, rate: 0, secondsLeft: undefined };
  }
  const sent = Math.max(0, Math.min(last.bytes, totalBytes));
  const fraction = totalBytes > 0 ? sent / totalBytes : 0;
  const elapsedMs = last.atMs - first.atMs;
  const rate = elapsedMs > 0 ? Math.max(0, ((last.bytes - first.bytes) * 1000) / elapsedMs) : 0;
  const secondsLeft = rate > 0 ? Math.max(0, totalBytes - sent) / rate : undefined;
  return { fraction, rate, secondsLeft };
}

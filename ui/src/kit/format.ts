// Numbers, sizes and times in words a person reads. Sizes are decimal (1 GB = 10^9 bytes), as disks are sold.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return "unknown size";
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? "B"}`;
}

export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "unknown time";
  if (seconds < 1) return "under a second";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds - minutes * 60)} s`;
  const hours = Math.floor(minutes / 60);
  return `${hours} h ${minutes - hours * 60} min`;
}

/** Short and exact, for measured times: "0.4 s", "12.8 s", "3 min 20 s". */
export function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
}

export function formatMilliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** 135 million → "135M". */
export function formatCount(count: number): string {
  if (count >= 999.5e6) return `${trim(count / 1e9)}B`;
  if (count >= 999.5e3) return `${trim(count / 1e6)}M`;
  if (count >= 1e3) return `${trim(count / 1e3)}k`;
  return String(Math.round(count));
}

function trim(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : String(Number(value.toFixed(1)));
}

export function formatPercent(fraction: number): string {
  return `${Math.round(Math.max(0, Math.min(1, fraction)) * 100)} %`;
}

/** The first 12 digits of a digest: enough to compare by eye. */
export function shortDigest(sha256: string): string {
  return sha256.slice(0, 12);
}

/** A byte offset in the two forms people look for. */
export function formatOffset(offset: number): string {
  return `byte ${offset} (0x${offset.toString(16)})`;
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** "14:05" for today, "24 Nov, 14:05" for other days; empty text for a time that is none. */
export function formatTime(iso: string, now: Date = new Date()): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "";
  const clock = time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (time.toDateString() === now.toDateString()) return clock;
  return `${time.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${clock}`;
}

// Failures are values: a function that can fail returns an Outcome and never throws on purpose.

export type FailureKind =
  | "network" // no answer came
  | "denied" // 401, 403
  | "locked" // 423: the vault is locked
  | "missing" // 404
  | "conflict" // 409
  | "busy" // 429, 503 that may be retried
  | "unavailable" // a part that is not built or not running
  | "refused" // any other 4xx
  | "server" // any other 5xx
  | "shape" // an answer that is not what docs/api.md promises
  | "aborted"; // the person stopped it

/** Why something did not work, in words a person can act on. */
export interface Failure {
  kind: FailureKind;
  message: string;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** Machine-readable word of the gateway, such as `not_available`. */
  code?: string;
  /** From `Retry-After`. */
  retryAfterSeconds?: number;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; error: Failure };

export function ok<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function fail<T = never>(
  kind: FailureKind,
  message: string,
  more: Partial<Failure> = {},
): Outcome<T> {
  return { ok: false, error: { kind, message, ...more } };
}

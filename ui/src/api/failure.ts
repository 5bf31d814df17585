// From an HTTP answer that is not a success to a Failure with words for a person.
import { parseErrorBody, parseErrorObject } from "./messages.ts";
import type { Failure, FailureKind } from "./outcome.ts";

function kindOf(status: number, code: string | undefined): FailureKind {
  if (code === "not_available") return "unavailable";
  switch (status) {
    case 401:
    case 403:
      return "denied";
    case 404:
      return "missing";
    case 409:
      return "conflict";
    case 423:
      return "locked";
    case 429:
    case 503:
      return "busy";
    default:
      return status >= 500 ? "server" : "refused";
  }
}

/** The message and code of an error body; `undefined` where the body is not one of ours. */
export function readErrorBody(body: string): { message: string; code?: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  return readErrorValue(value);
}

export function readErrorValue(value: unknown): { message: string; code?: string } | undefined {
  const outer = parseErrorBody(value, "");
  if (!outer.ok) return undefined;
  const { error, code } = outer.value;
  if (typeof error === "string") {
    return code === undefined ? { message: error } : { message: error, code };
  }
  const inner = parseErrorObject(error, "error");
  if (!inner.ok) return undefined;
  const word = typeof inner.value.code === "string" ? inner.value.code : inner.value.type;
  return word === undefined
    ? { message: inner.value.message }
    : { message: inner.value.message, code: word };
}

export function failureFromAnswer(
  status: number,
  body: string,
  retryAfter: string | null,
): Failure {
  const read = readErrorBody(body);
  const failure: Failure = {
    kind: kindOf(status, read?.code),
    message: read?.message ?? `The gateway answered ${status} without saying why.`,
    status,
  };
  if (read?.code !== undefined) failure.code = read.code;
  const seconds = Number(retryAfter ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds >= 0) failure.retryAfterSeconds = seconds;
  return failure;
}

/** A short heading for a failure; its message says the rest. */
export function headingOf(failure: Failure): string {
  switch (failure.kind) {
    case "network":
      return "The gateway does not answer";
    case "denied":
      return "Not allowed";
    case "locked":
      return "The vault is locked";
    case "missing":
      return "Not found";
    case "conflict":
      return "Not possible now";
    case "busy":
      return "Busy";
    case "unavailable":
      return "Not built yet";
    case "refused":
      return "Refused";
    case "server":
      return "Something failed inside";
    case "shape":
      return "An answer this page does not understand";
    case "aborted":
      return "Stopped";
  }
}

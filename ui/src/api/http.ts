// Requests to our own gateway, and nowhere else. Every answer is checked by a parser.
import { failureFromAnswer } from "./failure.ts";
import { fail, type Outcome } from "./outcome.ts";
import { parseJson, type Parser } from "./parse.ts";

export interface RequestOptions {
  method?: "GET" | "POST" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
  /** Statuses besides 2xx whose body is an answer and not an error (409 of verify). */
  alsoAnswers?: number[];
}

/** Sends a request and hands back the raw response, or why there is none. Never throws. */
export async function send(path: string, options: RequestOptions = {}): Promise<Outcome<Response>> {
  const init: RequestInit = {
    method: options.method ?? "GET",
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    headers: { Accept: "application/json" },
  };
  if (options.body !== undefined) {
    init.body = JSON.stringify(options.body);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  if (options.signal !== undefined) init.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    return isAbort(error)
      ? fail("aborted", "Stopped.")
      : fail("network", "No answer from the gateway on this machine. Is it still running?");
  }
  if (response.ok || options.alsoAnswers?.includes(response.status) === true) {
    return { ok: true, value: response };
  }
  const body = await readText(response);
  return {
    ok: false,
    error: failureFromAnswer(response.status, body, response.headers.get("Retry-After")),
  };
}

/** Sends a request and parses the JSON answer. Never throws. */
export async function request<T>(
  path: string,
  parser: Parser<T>,
  options: RequestOptions = {},
): Promise<Outcome<T>> {
  const sent = await send(path, options);
  if (!sent.ok) return sent;
  const body = await readText(sent.value);
  return parseJson(parser, body === "" ? "null" : body);
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch {
    return "";
  }
}

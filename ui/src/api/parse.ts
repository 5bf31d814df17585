// Small parsers that turn an `unknown` answer into a checked value, or say where it differs.
//
// Members that a parser does not name are ignored: the gateway may add some. `null` counts as absent,
// because a field of a room that is not built is null (docs/api.md).
import { fail, ok, type Outcome } from "./outcome.ts";

export type Parser<T> = (value: unknown, path: string) => Outcome<T>;
export type Parsed<P> = P extends Parser<infer T> ? T : never;

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function mismatch<T>(path: string, wanted: string, value: unknown): Outcome<T> {
  return fail(
    "shape",
    `${path === "" ? "answer" : path}: expected ${wanted}, got ${describe(value)}`,
  );
}

export const text: Parser<string> = (value, path) =>
  typeof value === "string" ? ok(value) : mismatch(path, "text", value);

/** A finite number; JSON has no others, but a caller may hand in anything. */
export const number: Parser<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value)
    ? ok(value)
    : mismatch(path, "a number", value);

export const flag: Parser<boolean> = (value, path) =>
  typeof value === "boolean" ? ok(value) : mismatch(path, "true or false", value);

/** Any value, for members that are only shown as they are. */
export const anything: Parser<unknown> = (value) => ok(value);

export function optional<T>(inner: Parser<T>): Parser<T | undefined> {
  return (value, path) =>
    value === undefined || value === null ? ok(undefined) : inner(value, path);
}

export function withDefault<T>(inner: Parser<T>, fallback: T): Parser<T> {
  return (value, path) =>
    value === undefined || value === null ? ok(fallback) : inner(value, path);
}

export function oneOf<const T extends string>(...words: T[]): Parser<T> {
  return (value, path) => {
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return ok(word);
    const got = typeof value === "string" ? `"${value}"` : describe(value);
    return fail("shape", `${path}: expected one of ${words.join(", ")}, got ${got}`);
  };
}

export function list<T>(inner: Parser<T>): Parser<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return mismatch(path, "a list", value);
    const result: T[] = [];
    for (const [index, element] of value.entries()) {
      const parsed = inner(element, `${path}[${index}]`);
      if (!parsed.ok) return parsed;
      result.push(parsed.value);
    }
    return ok(result);
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object<S extends Record<string, Parser<unknown>>>(
  shape: S,
): Parser<{ [K in keyof S]: Parsed<S[K]> }> {
  return (value, path) => {
    if (!isRecord(value)) return mismatch(path, "an object", value);
    const result: Record<string, unknown> = {};
    for (const [key, parser] of Object.entries(shape)) {
      // Own members only: "constructor" of the prototype is not an answer.
      const member = Object.hasOwn(value, key) ? value[key] : undefined;
      const parsed = parser(member, path === "" ? key : `${path}.${key}`);
      if (!parsed.ok) return parsed;
      result[key] = parsed.value;
    }
    // Every key of the shape was parsed by its own parser just above.
    return ok(result as { [K in keyof S]: Parsed<S[K]> });
  };
}

/** Parses JSON text and then its shape. */
export function parseJson<T>(parser: Parser<T>, json: string): Outcome<T> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return fail("shape", "the answer is not JSON");
  }
  return parser(value, "");
}

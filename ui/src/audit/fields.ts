// The fields of an audit entry as pairs of words.
import { isRecord } from "../api/parse.ts";

const MOST_CHARACTERS = 400;

export function fieldsInWords(fields: unknown): [string, string][] {
  if (!isRecord(fields)) return [];
  return Object.entries(fields).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [name, text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text];
  });
}

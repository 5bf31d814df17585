import { describe, expect, test } from "vitest";
import {
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  parseJson,
  text,
  withDefault,
} from "./parse.ts";

const parseThing = object({
  name: text,
  size: number,
  kind: oneOf("a", "b"),
  tags: list(text),
  note: optional(text),
  isOpen: withDefault(flag, false),
});

describe("object", () => {
  test("gives the checked members and ignores others", () => {
    const json = '{"name":"n","size":1,"kind":"b","tags":["x"],"extra":true}';
    expect(parseJson(parseThing, json)).toEqual({
      ok: true,
      value: { name: "n", size: 1, kind: "b", tags: ["x"], note: undefined, isOpen: false },
    });
  });

  test("takes null for an absent optional member", () => {
    const json = '{"name":"n","size":1,"kind":"a","tags":[],"note":null,"isOpen":null}';
    expect(parseJson(parseThing, json)).toMatchObject({ ok: true, value: { isOpen: false } });
  });

  const bad: [string, string][] = [
    ["[]", "answer: expected an object, got a list"],
    ["null", "answer: expected an object, got null"],
    ['{"size":1,"kind":"a","tags":[]}', "name: expected text, got a undefined"],
    ['{"name":"n","size":"1","kind":"a","tags":[]}', "size: expected a number, got a string"],
    ['{"name":"n","size":1,"kind":"c","tags":[]}', 'kind: expected one of a, b, got "c"'],
    ['{"name":"n","size":1,"kind":"a","tags":["x",2]}', "tags[1]: expected text, got a number"],
    ["{", "the answer is not JSON"],
  ];
  test.each(bad)("refuses %s and says where", (json, message) => {
    expect(parseJson(parseThing, json)).toEqual({ ok: false, error: { kind: "shape", message } });
  });

  test("does not take members of the prototype for an answer", () => {
    expect(object({ constructor: optional(text) })({}, "")).toEqual({
      ok: true,
      value: { constructor: undefined },
    });
  });
});

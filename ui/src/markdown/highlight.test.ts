import { expect, test } from "vitest";
import { highlight, languageName } from "./highlight.ts";

test.each([
  ["python", "python"],
  ["C++ title=x", "c++"],
  ["{.class}", ""],
  ["", ""],
])("the info line %j names %j", (info, name) => {
  expect(languageName(info)).toBe(name);
});

test("known code is coloured, and its text is all there", async () => {
  const pieces = await highlight("let a = 1;", "js");
  expect(JSON.stringify(pieces)).toContain("hljs-keyword");
});

test("unknown languages and very long code stay plain", async () => {
  expect(await highlight("x", "klingon")).toBeUndefined();
  expect(await highlight("x".repeat(30_001), "js")).toBeUndefined();
});

import { expect, test } from "vitest";
import { sentenceEnd, spoken } from "./sentences.ts";

test.each([
  ["Hello there. How are", 0, 12],
  ["Pi is 3.14 and", 0, 0],
  ["One.\nTwo", 0, 5],
  ["Done. More", 5, 5],
  ["“Yes!” he said. Th", 0, 15],
])("the last whole sentence of %j from %i ends at %i", (text, from, end) => {
  expect(sentenceEnd(text, from)).toBe(end);
});

test("marks of Markdown are not read aloud", () => {
  expect(spoken("## A **bold** [link](https://a.example)\n```js\nx\n```")).toBe(
    "A bold link code: x code:",
  );
});

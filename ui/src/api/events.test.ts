import { expect, test } from "vitest";
import { pauseBefore } from "./events.ts";

test("pauses grow from half a second to at most 15 s, and spread", () => {
  const longest = [0, 1, 2, 3, 4, 5, 50].map((attempt) => pauseBefore(attempt, 1));
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  expect(pauseBefore(5, 0)).toBe(11_250);
});

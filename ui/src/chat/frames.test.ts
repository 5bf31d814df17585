import { expect, test } from "vitest";
import { createFrameBatch } from "./frames.ts";

test("a thousand pieces before a frame are one change", () => {
  const frames: (() => void)[] = [];
  let changes = 0;
  const batch = createFrameBatch(
    () => changes++,
    (callback) => frames.push(callback),
  );
  for (let piece = 0; piece < 1000; piece++) batch.schedule();
  expect([frames.length, changes]).toEqual([1, 0]);
  frames[0]?.();
  expect(changes).toBe(1);
});

test("flush does pending work at once, and the frame then does nothing", () => {
  const frames: (() => void)[] = [];
  let changes = 0;
  const batch = createFrameBatch(
    () => changes++,
    (callback) => frames.push(callback),
  );
  batch.schedule();
  batch.flush();
  frames[0]?.();
  batch.flush();
  expect(changes).toBe(1);
});

import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMilliseconds,
  formatOffset,
  formatPercent,
  formatTime,
  plural,
} from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [98_060_000, "98.1 MB"],
  [999_600_000, "1.00 GB"],
  [397_808_192, "398 MB"],
  [5e15, "5000 TB"],
  [-1, "unknown size"],
  [Number.NaN, "unknown size"],
])("%d bytes are %s", (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  [0.4, "under a second"],
  [59, "59 s"],
  [125, "2 min 5 s"],
  [3700, "1 h 1 min"],
  [-3, "unknown time"],
])("%d seconds are %s", (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});

test.each([
  [134_515_008, "135M"],
  [7_248_023_552, "7.2B"],
  [8192, "8.2k"],
  [512, "512"],
])("%d is %s for short", (count, words) => {
  expect(formatCount(count)).toBe(words);
});

test("other numbers", () => {
  expect(formatMilliseconds(212.4)).toBe("212 ms");
  expect(formatMilliseconds(4100)).toBe("4.10 s");
  expect(formatPercent(1.7)).toBe("100 %");
  expect(formatOffset(4096)).toBe("byte 4096 (0x1000)");
  expect([plural(1, "model"), plural(2, "model")]).toEqual(["1 model", "2 models"]);
});

test("a time that is none is empty", () => {
  expect(formatTime("yesterday")).toBe("");
});

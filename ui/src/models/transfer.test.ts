import { describe, expect, test } from "vitest";
import { seeded } from "../testing/random.ts";
import { addSample, progressOf, type Sample } from "./transfer.ts";

describe("progressOf", () => {
  test("gives rate and time left of a steady upload", () => {
    const samples = [
      { atMs: 0, bytes: 0 },
      { atMs: 2000, bytes: 20_000 },
    ];
    expect(progressOf(samples, 100_000)).toEqual({ fraction: 0.2, rate: 10_000, secondsLeft: 8 });
  });

  test("knows no rate from one sample, and nothing from none", () => {
    expect(progressOf([{ atMs: 5, bytes: 9 }], 10)).toEqual({
      fraction: 0.9,
      rate: 0,
      secondsLeft: undefined,
    });
    expect(progressOf([], 10).fraction).toBe(0);
  });

  test("stays within bounds for any history: never over 1, never negative, never NaN", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = seeded(seed);
      const total = random.below(5) === 0 ? 0 : 1 + random.below(1_000_000);
      let samples: Sample[] = [];
      let atMs = 0;
      for (let step = 0; step < 40; step++) {
        // Clocks may stand still and counters may overshoot or fall back.
        atMs += random.below(3000);
        samples = addSample(samples, { atMs, bytes: random.below(1_200_000) });
        const { fraction, rate, secondsLeft } = progressOf(samples, total);
        expect(fraction >= 0 && fraction <= 1, `seed ${seed}`).toBe(true);
        expect(rate >= 0 && Number.isFinite(rate), `seed ${seed}`).toBe(true);
        expect(secondsLeft === undefined || secondsLeft >= 0, `seed ${seed}`).toBe(true);
      }
    }
  });
});

test("addSample keeps the last seconds, and one older sample when they are empty", () => {
  const samples = [0, 1000, 6000, 20_000].reduce<Sample[]>(
    (all, atMs) => addSample(all, { atMs, bytes: atMs }),
    [],
  );
  expect(samples.map((sample) => sample.atMs)).toEqual([6000, 20_000]);
});

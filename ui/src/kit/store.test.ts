import { expect, test } from "vitest";
import { createStore } from "./store.ts";

test("tells listeners of changes, and only of changes", () => {
  const store = createStore(1);
  const seen: number[] = [];
  const stop = store.subscribe(() => seen.push(store.get()));
  store.update((value) => value);
  store.update((value) => value + 1);
  stop();
  store.update((value) => value + 1);
  expect(seen).toEqual([2]);
});

// The page's voice: one polite live region that screen readers follow.
import { createStore } from "../kit/store.ts";

export const announced = createStore<{ text: string; count: number }>({ text: "", count: 0 });

export function announce(text: string): void {
  if (text === "") return;
  announced.update((value) => ({ text, count: value.count + 1 }));
}

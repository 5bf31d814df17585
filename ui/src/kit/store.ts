// A small observable value: one writer function, any number of readers.
import { useEffect, useState } from "preact/hooks";

export interface Store<T> {
  get: () => T;
  /** Replaces the value; readers whose selected part did not change are not told. */
  update: (change: (value: T) => T) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    update(change) {
      const next = change(value);
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The selected part of a store; the component is drawn again when that part is another object. */
export function useStore<T, P>(store: Store<T>, select: (value: T) => P): P {
  const [, redraw] = useState(0);
  const selected = select(store.get());
  useEffect(() => {
    let last = selected;
    const check = () => {
      const next = select(store.get());
      if (Object.is(next, last)) return;
      last = next;
      redraw((count) => count + 1);
    };
    check();
    return store.subscribe(check);
    // A reader selects the same part for its whole life, or names what the part depends on by a key.
  }, [store, selected]);
  return selected;
}

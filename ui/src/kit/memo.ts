// Drawing only what changed.
import { Component, h, type ComponentChildren, type FunctionComponent } from "preact";

/** Whether two values have the same members, compared by identity. */
export function isShallowEqual(before: object, after: object): boolean {
  const old = new Map<string, unknown>(Object.entries(before));
  const entries = Object.entries(after);
  return (
    entries.length === old.size && entries.every(([key, value]) => Object.is(old.get(key), value))
  );
}

/** A component that is drawn again only when one of its properties is another value. */
export function memo<P extends object>(draw: (properties: P) => ComponentChildren) {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return !isShallowEqual(this.props, next);
    }
    override render(properties: P) {
      return h(draw as FunctionComponent<P>, properties);
    }
  }
  return Memo;
}

// A component that is drawn again only when one of its properties is another value.
import { Component, h, type ComponentChildren, type FunctionComponent } from "preact";

export function memo<P extends object>(draw: (properties: P) => ComponentChildren) {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before: Record<string, unknown> = { ...this.props };
      const after: Record<string, unknown> = { ...next };
      const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
      return [...keys].some((key) => !Object.is(before[key], after[key]));
    }
    override render(properties: P) {
      return h(draw as FunctionComponent<P>, properties);
    }
  }
  return Memo;
}

// A link in a model's answer: it shows its host and asks before it opens.
import type { ComponentChildren } from "preact";
import { createStore } from "../kit/store.ts";
import type { SafeLink } from "./links.ts";

/** The link that a person is asked about; the dialog is drawn outside the content area. */
export const linkToOpen = createStore<SafeLink | undefined>(undefined);

export function ExternalLink(properties: {
  target: SafeLink;
  text: string;
  children: ComponentChildren;
}) {
  const { target, text, children } = properties;
  const saysHost = text.trim() === target.url || text.trim() === target.host;
  const ask = () => linkToOpen.update(() => target);
  // Not an <a>: without an address in it, no click of any button can bypass the question. Not a <button>:
  // a button does not flow with the words around it.
  return (
    <span
      role="link"
      tabIndex={0}
      class="link"
      onClick={ask}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        ask();
      }}
    >
      {children}
      {!saysHost && <span class="link-host"> ({target.host})</span>}
    </span>
  );
}

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
  return (
    <button type="button" class="link" onClick={() => linkToOpen.update(() => target)}>
      {children}
      {!saysHost && <span class="link-host"> ({target.host})</span>}
    </button>
  );
}

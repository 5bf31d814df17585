// A conversation as a file: JSON keeps every branch, Markdown the branch on screen.
import { shownTurns, type Conversation } from "./conversation.ts";

export function toJson(conversation: Conversation): string {
  const { draft: _draft, ...kept } = conversation;
  return `${JSON.stringify({ format: "secai-conversation", version: 1, ...kept }, null, 2)}\n`;
}

export function toMarkdown(conversation: Conversation): string {
  const parts = [`# ${conversation.title}`];
  for (const turn of shownTurns(conversation)) {
    const who = turn.role === "user" ? "You" : (turn.model?.name ?? "Model");
    parts.push(`## ${who}`, turn.text === "" ? "*(no text)*" : turn.text);
  }
  return `${parts.join("\n\n")}\n`;
}

/** A file name that any system takes. */
export function fileNameFor(title: string, extension: string): string {
  const base = title
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
  return `${base === "" ? "conversation" : base.slice(0, 50)}.${extension}`;
}

// The keyboard: which keys mean what, as data, so that the help sheet and the handler agree.

export type Command =
  "search" | "new-chat" | "sidebar" | "focus-input" | "copy-answer" | "copy-code" | "help" | "stop";

export interface Shortcut {
  command: Command;
  keys: string;
  words: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { command: "search", keys: "Ctrl K", words: "Search chats and places" },
  { command: "new-chat", keys: "Ctrl Shift O", words: "New chat" },
  { command: "sidebar", keys: "Ctrl B", words: "Show or hide the sidebar" },
  { command: "focus-input", keys: "Shift Esc", words: "Go to the message box" },
  { command: "copy-answer", keys: "Ctrl Shift C", words: "Copy the newest answer" },
  { command: "copy-code", keys: "Ctrl Shift ;", words: "Copy the newest code block" },
  { command: "stop", keys: "Esc", words: "Stop the answer" },
  { command: "help", keys: "Ctrl /", words: "This sheet" },
];

export interface KeyPress {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** The command of a key press, if any. Cmd counts as Ctrl. */
export function commandFor(press: KeyPress): Command | undefined {
  const isControl = press.ctrlKey || press.metaKey;
  if (press.key === "Escape" && !isControl && !press.altKey) {
    return press.shiftKey ? "focus-input" : "stop";
  }
  if (!isControl || press.altKey) return undefined;
  const key = press.key.toLowerCase();
  if (press.shiftKey) {
    if (key === "o") return "new-chat";
    if (key === "c") return "copy-answer";
    if (press.code === "Semicolon" || key === ";" || key === ":") return "copy-code";
    if (key === "/" || key === "?") return "help";
    return undefined;
  }
  if (key === "k") return "search";
  if (key === "b") return "sidebar";
  if (key === "/") return "help";
  return undefined;
}

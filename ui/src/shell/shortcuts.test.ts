import { expect, test } from "vitest";
import { commandFor, SHORTCUTS, type KeyPress } from "./shortcuts.ts";

function press(keys: string, more: Partial<KeyPress> = {}): KeyPress {
  const parts = keys.split(" ");
  const key = parts.at(-1) ?? "";
  return {
    key: key === "Esc" ? "Escape" : key.toLowerCase(),
    code: "",
    ctrlKey: parts.includes("Ctrl"),
    metaKey: false,
    shiftKey: parts.includes("Shift"),
    altKey: false,
    ...more,
  };
}

test.each(SHORTCUTS.map((shortcut) => [shortcut.keys, shortcut.command] as const))(
  "%s is %s, as the help sheet says",
  (keys, command) => {
    expect(commandFor(press(keys))).toBe(command);
  },
);

test("Cmd counts as Ctrl", () => {
  expect(commandFor(press("k", { metaKey: true }))).toBe("search");
});

test("typing is left alone", () => {
  for (const keys of ["k", "Shift k", "/", "Ctrl c", "Ctrl v", "Ctrl a"]) {
    expect(commandFor(press(keys)), keys).toBeUndefined();
  }
  expect(commandFor(press("Ctrl k", { altKey: true }))).toBeUndefined();
});

// Dark, light, or as the system says. The one thing the page remembers in the browser.

export type Look = "system" | "light" | "dark";

const KEY = "secai-look";

export function loadLook(): Look {
  try {
    const saved = localStorage.getItem(KEY);
    return saved === "light" || saved === "dark" ? saved : "system";
  } catch {
    // Storage may be switched off; the system's look is a good answer.
    return "system";
  }
}

export function applyLook(look: Look): void {
  if (look === "system") delete document.documentElement.dataset["look"];
  else document.documentElement.dataset["look"] = look;
}

export function saveLook(look: Look): void {
  try {
    if (look === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, look);
  } catch {
    // Not remembered then; it still holds until the page closes.
  }
}

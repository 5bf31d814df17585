// Which of the page's own sheets is open.
import { createStore } from "../kit/store.ts";

export const overlay = createStore<"palette" | "help" | "chat-settings" | undefined>(undefined);

export function closeOverlay(): void {
  overlay.update(() => undefined);
}

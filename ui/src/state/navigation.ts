// The view in the address (`#/models`), so that the back button works and a reload stays.
import { app, type View } from "./app.ts";

const VIEWS: readonly View[] = ["chat", "models", "audit", "security"];

export function viewFromHash(hash: string): View {
  const word = hash.replace(/^#\/?/, "");
  return VIEWS.find((view) => view === word) ?? "chat";
}

export function isNarrow(): boolean {
  return !matchMedia("(min-width: 56rem)").matches;
}

export function goTo(view: View): void {
  if (location.hash !== `#/${view}`) location.hash = `#/${view}`;
  app.update((value) => ({
    ...value,
    view,
    isSidebarOpen: isNarrow() ? false : value.isSidebarOpen,
  }));
}

export function followAddress(): void {
  const read = () => app.update((value) => ({ ...value, view: viewFromHash(location.hash) }));
  addEventListener("hashchange", read);
  read();
}

// The frame of the page: status strip, sidebar, content, and the page's own sheets above them.
import { useEffect, useRef, useState } from "preact/hooks";
import { AuditView } from "../audit/audit-view.tsx";
import { newChat, newestAnswer, stop } from "../chat/actions.ts";
import { ChatSettings } from "../chat/chat-settings.tsx";
import { ChatView } from "../chat/chat-view.tsx";
import { copyText } from "../kit/clipboard.ts";
import { Dialog } from "../kit/dialog.tsx";
import { Icon, Mark } from "../kit/icon.tsx";
import { useStore } from "../kit/store.ts";
import { linkToOpen } from "../markdown/external-link.tsx";
import { DropTarget } from "../models/drop.tsx";
import { ModelsView } from "../models/models-view.tsx";
import { SecurityView } from "../security/security-view.tsx";
import { app, dismissNotice, patch, type View } from "../state/app.ts";
import { reconnectNow } from "../state/live.ts";
import { goTo, isNarrow } from "../state/navigation.ts";
import { announced } from "./announcer.ts";
import { Help } from "./help.tsx";
import { closeOverlay, overlay } from "./overlay.ts";
import { Palette } from "./palette.tsx";
import { commandFor, type Command } from "./shortcuts.ts";
import { Sidebar } from "./sidebar.tsx";
import { StatusStrip } from "./status-strip.tsx";

const TITLES: Readonly<Record<View, string>> = {
  chat: "Chat",
  models: "Models",
  audit: "Audit",
  security: "Security",
};

function toggleSidebar(): void {
  patch({ isSidebarOpen: !app.get().isSidebarOpen });
}

export function Shell() {
  const view = useStore(app, (value) => value.view);
  const isSidebarOpen = useStore(app, (value) => value.isSidebarOpen);
  const open = useStore(overlay, (value) => value);
  const content = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useKeyboard();
  useLeaveQuestion();
  useEffect(() => {
    document.title = `${TITLES[view]} · SecAI`;
    // A new place takes the focus, so that keyboard and screen reader begin there.
    if (!isFirst.current && view !== "chat") content.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [view]);
  return (
    <div class={isSidebarOpen ? "shell has-sidebar" : "shell"}>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          content.current?.focus();
        }}
      >
        Skip to content
      </a>
      <header class="top">
        <button
          type="button"
          class="icon-button"
          aria-label={isSidebarOpen ? "Hide sidebar" : "Show sidebar"}
          aria-expanded={isSidebarOpen}
          aria-controls="sidebar"
          title="Sidebar (Ctrl B)"
          onClick={toggleSidebar}
        >
          <Icon name="menu" />
        </button>
        <span class="brand">
          <span class="brand-sign">
            <Icon name="shield" />
          </span>
          SecAI
        </span>
        <StatusStrip />
      </header>
      {isSidebarOpen && (
        <>
          <Sidebar />
          <div class="scrim" onClick={toggleSidebar} />
        </>
      )}
      <main class="content" id="content" tabIndex={-1} ref={content}>
        <ConnectionBar />
        <div class="content-view">
          {view === "chat" && <ChatView />}
          {view === "models" && <ModelsView />}
          {view === "audit" && <AuditView />}
          {view === "security" && <SecurityView />}
        </div>
      </main>
      {open === "palette" && <Palette />}
      {open === "help" && <Help />}
      {open === "chat-settings" && <ChatSettings />}
      <LinkDialog />
      <DropTarget />
      <Notices />
      <LiveRegion />
    </div>
  );
}

/** Closing the page would lose the conversations: the browser asks first. */
function useLeaveQuestion(): void {
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (Object.keys(app.get().conversations).length > 0) event.preventDefault();
    };
    addEventListener("beforeunload", onLeave);
    return () => removeEventListener("beforeunload", onLeave);
  }, []);
}

function useKeyboard(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = commandFor(event);
      // Esc in an open sheet closes that sheet; the dialog does so itself.
      if (command === undefined || (command === "stop" && document.querySelector("dialog[open]")))
        return;
      if (run(command)) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function run(command: Command): boolean {
  const value = app.get();
  const conversation =
    value.activeId === undefined ? undefined : value.conversations[value.activeId];
  switch (command) {
    case "search":
      overlay.update((open) => (open === "palette" ? undefined : "palette"));
      return true;
    case "help":
      overlay.update((open) => (open === "help" ? undefined : "help"));
      return true;
    case "new-chat":
      closeOverlay();
      newChat();
      return true;
    case "sidebar":
      toggleSidebar();
      return true;
    case "focus-input":
      closeOverlay();
      goTo("chat");
      requestAnimationFrame(() => document.getElementById("message")?.focus());
      return true;
    case "copy-answer": {
      const answer = newestAnswer(conversation);
      if (answer !== undefined) void copyText(answer.text, "Answer");
      return true;
    }
    case "copy-code": {
      const code = [...document.querySelectorAll("[data-code=complete] code")].at(-1)?.textContent;
      if (code !== undefined && code !== null) void copyText(code, "Code");
      return true;
    }
    case "stop":
      if (value.view !== "chat" || conversation === undefined) return false;
      stop(conversation.id);
      return true;
  }
}

function ConnectionBar() {
  const connection = useStore(app, (value) => value.connection);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (connection.state !== "lost") return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [connection]);
  if (connection.state !== "lost") return null;
  const seconds = Math.max(0, Math.ceil((connection.retryAtMs - now) / 1000));
  return (
    <div class="connection" role="status">
      <Mark kind="warn" />
      <p>
        No live connection to the gateway; what is shown may be old.{" "}
        <span aria-hidden="true">{seconds > 0 ? `Next try in ${seconds} s.` : "Trying now."}</span>
      </p>
      <button type="button" onClick={reconnectNow}>
        Try now
      </button>
      {!isNarrow() && <span class="muted">Reason: {connection.failure.message}</span>}
    </div>
  );
}

function LinkDialog() {
  const link = useStore(linkToOpen, (value) => value);
  if (link === undefined) return null;
  const close = () => linkToOpen.update(() => undefined);
  return (
    <Dialog title="Open this address?" onClose={close}>
      <div class="dialog-body">
        <p>
          A model wrote this link. It leads to <strong class="host">{link.host}</strong>:
        </p>
        <p class="address">{link.url}</p>
        <p class="muted">
          Your browser opens it, not SecAI. Whatever stands in the address is sent to that host.
        </p>
      </div>
      <footer class="dialog-foot">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <a
          class="button"
          href={link.url}
          target="_blank"
          rel="noreferrer noopener"
          onClick={() => setTimeout(close, 0)}
        >
          Open in a new tab
        </a>
      </footer>
    </Dialog>
  );
}

function Notices() {
  const notices = useStore(app, (value) => value.notices);
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.map((notice) => (
        <div class={`notice notice-${notice.kind}`} key={notice.id}>
          <Mark kind={notice.kind === "info" ? "good" : "bad"} />
          <p>{notice.text}</p>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => dismissNotice(notice.id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

function LiveRegion() {
  const said = useStore(announced, (value) => value);
  return (
    <div class="hidden-text" aria-live="polite" aria-atomic="true">
      {said.text}
    </div>
  );
}

// The sidebar: new chat, search, places, and the conversations of this page's life.
import { useState } from "preact/hooks";
import { deleteChat, newChat, openChat, renameChat } from "../chat/actions.ts";
import { sizeOf, type Conversation } from "../chat/conversation.ts";
import { fileNameFor, toJson, toMarkdown } from "../chat/export.ts";
import { saveFile } from "../kit/clipboard.ts";
import { Confirm, Dialog } from "../kit/dialog.tsx";
import { plural } from "../kit/format.ts";
import { Icon, type IconName } from "../kit/icon.tsx";
import { Menu } from "../kit/menu.tsx";
import { useStore } from "../kit/store.ts";
import { openClaims } from "../models/selection.ts";
import { app, patch, type View } from "../state/app.ts";
import { applyLook, saveLook, type Look } from "../state/look.ts";
import { goTo } from "../state/navigation.ts";
import { overlay } from "./overlay.ts";

const PLACES: readonly { view: View; name: string; icon: IconName }[] = [
  { view: "chat", name: "Chat", icon: "chat" },
  { view: "models", name: "Models", icon: "cube" },
  { view: "audit", name: "Audit", icon: "list" },
  { view: "security", name: "Security", icon: "shield" },
];

export function Sidebar() {
  const view = useStore(app, (value) => value.view);
  const claims = useStore(app, (value) => value.claims);
  const uploads = useStore(app, (value) => value.uploads);
  const atWork =
    openClaims(claims).running.length + uploads.filter((one) => one.state === "sending").length;
  return (
    <aside class="sidebar" id="sidebar" aria-label="Sidebar">
      <div class="sidebar-top">
        <button type="button" class="wide new-chat" onClick={newChat}>
          <Icon name="plus" /> New chat
        </button>
        <button
          type="button"
          class="wide search-button"
          onClick={() => overlay.update(() => "palette")}
        >
          <Icon name="search" /> Search <kbd>Ctrl K</kbd>
        </button>
      </div>
      <nav aria-label="Places">
        {PLACES.map((place) => (
          <a
            key={place.view}
            href={`#/${place.view}`}
            class="place"
            aria-current={view === place.view ? "page" : undefined}
            onClick={(event) => {
              event.preventDefault();
              goTo(place.view);
            }}
          >
            <Icon name={place.icon} /> {place.name}
            {place.view === "models" && atWork > 0 && (
              <span class="count" aria-label={`${plural(atWork, "import")} running`}>
                {atWork}
              </span>
            )}
          </a>
        ))}
      </nav>
      <Conversations />
      <div class="sidebar-foot">
        <LookChoice />
        <button
          type="button"
          class="icon-button"
          aria-label="Keyboard help"
          title="Keyboard help (Ctrl /)"
          onClick={() => overlay.update(() => "help")}
        >
          <Icon name="help" />
        </button>
      </div>
    </aside>
  );
}

function Conversations() {
  const conversations = useStore(app, (value) => value.conversations);
  const activeId = useStore(app, (value) => value.activeId);
  const newestFirst = Object.values(conversations).sort((a, b) =>
    b.updatedAt.localeCompare(a.updatedAt),
  );
  return (
    <section class="conversations" aria-label="Conversations">
      <h2 class="sidebar-heading">Conversations</h2>
      {newestFirst.length > 0 && (
        <ul>
          {newestFirst.map((conversation) => (
            <ConversationRow
              key={conversation.id}
              conversation={conversation}
              isActive={conversation.id === activeId}
            />
          ))}
        </ul>
      )}
      <p class="memory-note">
        <Icon name="memory" />
        <span>
          Conversations live in memory only until the vault exists; they are gone when this page
          closes.
        </span>
      </p>
    </section>
  );
}

function ConversationRow({
  conversation,
  isActive,
}: {
  conversation: Conversation;
  isActive: boolean;
}) {
  const [asks, setAsks] = useState<"rename" | "delete">();
  const { id, title } = conversation;
  const close = () => setAsks(undefined);
  return (
    <li class={isActive ? "conversation is-active" : "conversation"}>
      <button
        type="button"
        class="conversation-open"
        aria-current={isActive ? "true" : undefined}
        title={title}
        onClick={() => openChat(id)}
      >
        {title}
      </button>
      <Menu
        label={`More for ${title}`}
        items={[
          { name: "Rename", icon: "edit", act: () => setAsks("rename") },
          {
            name: "Export as Markdown",
            icon: "download",
            act: () =>
              saveFile(fileNameFor(title, "md"), "text/markdown", toMarkdown(conversation)),
          },
          {
            name: "Export as JSON",
            icon: "download",
            act: () =>
              saveFile(fileNameFor(title, "json"), "application/json", toJson(conversation)),
          },
          { name: "Delete", icon: "trash", isDangerous: true, act: () => setAsks("delete") },
        ]}
      />
      {asks === "rename" && <Rename conversation={conversation} onClose={close} />}
      {asks === "delete" && (
        <Confirm
          title="Delete this conversation?"
          action="Delete"
          isDangerous
          onClose={close}
          onConfirm={() => deleteChat(id)}
        >
          <p>
            <strong>{title}</strong> has {plural(sizeOf(conversation).messages, "message")} with{" "}
            {plural(sizeOf(conversation).words, "word")}, all branches counted. It is in memory only
            and cannot be brought back.
          </p>
        </Confirm>
      )}
    </li>
  );
}

function Rename({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [title, setTitle] = useState(conversation.title);
  return (
    <Dialog title="Rename conversation" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          renameChat(conversation.id, title);
          onClose();
        }}
      >
        <div class="dialog-body">
          <label class="field">
            <span>Title</span>
            <input
              type="text"
              value={title}
              maxLength={120}
              autofocus
              onInput={(event) => setTitle(event.currentTarget.value)}
            />
          </label>
        </div>
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Rename
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

const LOOKS: readonly { look: Look; name: string }[] = [
  { look: "system", name: "System" },
  { look: "light", name: "Light" },
  { look: "dark", name: "Dark" },
];

function LookChoice() {
  const look = useStore(app, (value) => value.look);
  return (
    <label class="look">
      <Icon name="look" />
      <span class="hidden-text">Look</span>
      <select
        value={look}
        onChange={(event) => {
          const chosen =
            LOOKS.find((one) => one.look === event.currentTarget.value)?.look ?? "system";
          applyLook(chosen);
          saveLook(chosen);
          patch({ look: chosen });
        }}
      >
        {LOOKS.map((one) => (
          <option key={one.look} value={one.look}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

// Ctrl+K: finds conversations by title or content, and places by name.
import { useMemo, useState } from "preact/hooks";
import { newChat, openChat } from "../chat/actions.ts";
import { searchConversations } from "../chat/conversation.ts";
import { Dialog } from "../kit/dialog.tsx";
import { Icon, type IconName } from "../kit/icon.tsx";
import { app } from "../state/app.ts";
import { goTo } from "../state/navigation.ts";
import { closeOverlay } from "./overlay.ts";

interface Choice {
  id: string;
  icon: IconName;
  title: string;
  detail: string;
  act: () => void;
}

const PLACES: readonly Choice[] = [
  { id: "new", icon: "plus", title: "New chat", detail: "", act: newChat },
  {
    id: "models",
    icon: "cube",
    title: "Models",
    detail: "Import, load, verify",
    act: () => goTo("models"),
  },
  { id: "audit", icon: "list", title: "Audit", detail: "What happened", act: () => goTo("audit") },
  {
    id: "security",
    icon: "shield",
    title: "Security",
    detail: "What is enforced",
    act: () => goTo("security"),
  },
];
const MOST_SHOWN = 12;

function choicesFor(query: string): Choice[] {
  const wanted = query.trim().toLowerCase();
  const places = PLACES.filter((place) => place.title.toLowerCase().includes(wanted));
  const chats = searchConversations(Object.values(app.get().conversations), query).map(
    (hit): Choice => ({
      id: hit.conversationId,
      icon: "chat",
      title: hit.title,
      detail: hit.excerpt,
      act: () => openChat(hit.conversationId),
    }),
  );
  return (wanted === "" ? [...places, ...chats] : [...chats, ...places]).slice(0, MOST_SHOWN);
}

export function Palette() {
  const [query, setQuery] = useState("");
  const [marked, setMarked] = useState(0);
  const choices = useMemo(() => choicesFor(query), [query]);
  const choose = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    closeOverlay();
    choice.act();
  };
  return (
    <Dialog title="Search" kind="palette" onClose={closeOverlay}>
      <div class="palette-input">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label="Search chats and places"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={choices[marked] === undefined ? undefined : `palette-${marked}`}
          placeholder="Search chats and places"
          autocomplete="off"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setMarked(0);
          }}
          onKeyDown={(event) => {
            const count = Math.max(1, choices.length);
            if (event.key === "ArrowDown") setMarked((marked + 1) % count);
            else if (event.key === "ArrowUp") setMarked((marked + count - 1) % count);
            else if (event.key === "Enter") choose(choices[marked]);
            else return;
            event.preventDefault();
          }}
        />
        <kbd>Esc</kbd>
      </div>
      <ul id="palette-list" role="listbox" aria-label="Found" class="palette-list">
        {choices.map((choice, index) => (
          <li
            key={choice.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === marked}
            onPointerMove={() => setMarked(index)}
            onClick={() => choose(choice)}
          >
            <Icon name={choice.icon} />
            <span class="palette-text">
              <span class="palette-title">{choice.title}</span>
              {choice.detail !== "" && <span class="palette-detail">{choice.detail}</span>}
            </span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && (
        <p class="palette-none" role="status">
          Nothing found in titles or contents.
        </p>
      )}
    </Dialog>
  );
}

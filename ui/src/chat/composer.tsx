// The message box. Enter sends, Shift Enter breaks the line; stop sits where send was.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../kit/icon.tsx";
import { useStore } from "../kit/store.ts";
import { app } from "../state/app.ts";
import { isAnswering, modelForChat, saveDraft, sendMessage, stop } from "./actions.ts";
import type { Conversation } from "./conversation.ts";

/** The draft of the chat that has not begun yet. */
let draftOfNewChat = "";

export function Composer({ conversation }: { conversation: Conversation | undefined }) {
  const [text, setText] = useState(
    conversation === undefined ? draftOfNewChat : conversation.draft,
  );
  const box = useRef<HTMLTextAreaElement>(null);
  const hasModel = useStore(app, (value) => modelForChat(value) !== undefined);
  const isBusy = isAnswering(conversation);
  const id = conversation?.id;

  useEffect(() => {
    // Not on touch screens, where a keyboard would cover half the page.
    if (matchMedia("(pointer: fine)").matches) box.current?.focus({ preventScroll: true });
  }, []);
  const setDraft = (draft: string) => {
    setText(draft);
    if (id === undefined) draftOfNewChat = draft;
    else saveDraft(id, draft);
  };
  const send = () => {
    if (isBusy || !sendMessage(text)) return;
    draftOfNewChat = "";
    setText("");
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="hidden-text" for="message">
        Message
      </label>
      <textarea
        id="message"
        dir="auto"
        ref={box}
        rows={1}
        placeholder={hasModel ? "Write a message" : "Import a model first"}
        value={text}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          // While an input method composes, Enter belongs to it.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {isBusy && id !== undefined ? (
        <button
          type="button"
          class="send is-stop"
          aria-label="Stop"
          title="Stop (Esc)"
          onClick={() => stop(id)}
        >
          <Icon name="stop" />
        </button>
      ) : (
        <button
          type="submit"
          class="send"
          aria-label="Send"
          title="Send (Enter)"
          disabled={!hasModel || text.trim() === ""}
        >
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}

// The chat: its head with model and gauges, the turns, and the message box.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isShallowEqual } from "../kit/memo.ts";
import { Icon } from "../kit/icon.tsx";
import { Failed, Loading } from "../kit/states.tsx";
import { useStore } from "../kit/store.ts";
import { runnableModels } from "../models/selection.ts";
import { overlay } from "../shell/overlay.ts";
import { app } from "../state/app.ts";
import { refreshModels } from "../state/live.ts";
import { goTo } from "../state/navigation.ts";
import { sendMessage } from "./actions.ts";
import { Composer } from "./composer.tsx";
import { contextInUse, placeOf, shownTurns, type Conversation, type Turn } from "./conversation.ts";
import { ContextGauge } from "./context-gauge.tsx";
import { ModelSwitcher } from "./model-switcher.tsx";
import { TurnView, type TurnProperties } from "./turn-view.tsx";
import { useFollow } from "./follow.ts";

export function ChatView() {
  const conversation = useStore(app, (value) =>
    value.activeId === undefined ? undefined : value.conversations[value.activeId],
  );
  const turns = conversation === undefined ? [] : shownTurns(conversation);
  const views = useTurnViews(conversation, turns);
  const scroller = useRef<HTMLDivElement>(null);
  const { isAway, goToNewest } = useFollow(
    scroller,
    // Another chat, or a message just sent: both begin at the newest.
    `${conversation?.id ?? ""} ${conversation?.updatedAt ?? ""}`,
  );
  return (
    <div class="chat">
      <ChatHead conversation={conversation} usedTokens={contextInUse(turns)} />
      <div class="chat-scroll" ref={scroller} tabIndex={0} role="region" aria-label="Messages">
        {conversation === undefined || turns.length === 0 ? (
          <Welcome />
        ) : (
          <ol class="turns">{views}</ol>
        )}
      </div>
      <div class="chat-foot">
        {isAway && turns.length > 0 && (
          <button type="button" class="to-newest" onClick={goToNewest}>
            <Icon name="newest" /> Jump to newest
          </button>
        )}
        <Composer key={conversation?.id ?? "new"} conversation={conversation} />
      </div>
    </div>
  );
}

/**
 * The drawn turns. A turn that did not change gives the very node of last time, which Preact passes over: a
 * growing answer costs the same in a long chat as in a short one.
 */
function useTurnViews(
  conversation: Conversation | undefined,
  turns: readonly Turn[],
): JSX.Element[] {
  const last = useRef(new Map<string, { drawn: TurnProperties; view: JSX.Element }>());
  if (conversation === undefined) return [];
  const views: typeof last.current = new Map();
  const isIdle = turns.at(-1)?.state !== "streaming";
  for (const [index, turn] of turns.entries()) {
    const { index: place, count } = placeOf(conversation, turn);
    const isLast = index === turns.length - 1;
    const drawn = { turn, place, count, conversationId: conversation.id, isLast, isIdle };
    const old = last.current.get(turn.id);
    views.set(
      turn.id,
      old !== undefined && isShallowEqual(old.drawn, drawn)
        ? old
        : { drawn, view: <TurnView key={turn.id} {...drawn} /> },
    );
  }
  last.current = views;
  return [...views.values()].map(({ view }) => view);
}

function ChatHead(properties: { conversation: Conversation | undefined; usedTokens: number }) {
  const { conversation, usedTokens } = properties;
  const title = conversation?.title ?? "New chat";
  return (
    <header class="chat-head">
      <h1 title={title}>{title}</h1>
      <div class="chat-tools">
        <ContextGauge usedTokens={usedTokens} />
        <ModelSwitcher />
        <button
          type="button"
          class="icon-button"
          aria-label="Chat settings"
          title="Chat settings"
          onClick={() => overlay.update(() => "chat-settings")}
        >
          <Icon name="sliders" />
        </button>
      </div>
    </header>
  );
}

const IDEAS = [
  "Explain how a file system journal survives a power cut",
  "Write a short, friendly reply that declines a meeting",
  "Show a Python function that counts words in a text",
] as const;

function Welcome() {
  const status = useStore(app, (value) => value.modelsStatus);
  const entries = useStore(app, (value) => value.entries);
  const hasModel = runnableModels(entries).length > 0;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.scrollIntoView?.({ block: "nearest" }), []);
  if (!status.isReady) {
    return status.error === undefined ? (
      <Loading what="models" />
    ) : (
      <div class="welcome">
        <Failed failure={status.error} onRetry={() => void refreshModels()} />
      </div>
    );
  }
  return (
    <div class="welcome">
      <span class="welcome-sign">
        <Icon name="shield" />
      </span>
      <h2 ref={heading}>{hasModel ? "What is on your mind?" : "Begin with a model"}</h2>
      <p class="muted">
        {hasModel
          ? "It stays here: the model runs on this machine, locked in, with no network."
          : "Import a GGUF file. It passes seven checks in quarantine before it may answer anything."}
      </p>
      {hasModel ? (
        <ul class="ideas">
          {IDEAS.map((idea) => (
            <li key={idea}>
              <button type="button" onClick={() => sendMessage(idea)}>
                {idea}
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <button type="button" class="primary" onClick={() => goTo("models")}>
          <Icon name="upload" /> Import a model
        </button>
      )}
    </div>
  );
}

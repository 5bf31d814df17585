// One turn: a person's message, or a model's answer with what can be done to it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { headingOf } from "../api/failure.ts";
import { copyText } from "../kit/clipboard.ts";
import { Icon, Mark } from "../kit/icon.tsx";
import { remedyFor } from "../kit/states.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { continueAnswer, editMessage, regenerate, showBranch } from "./actions.ts";
import type { Turn } from "./conversation.ts";
import { Receipt } from "./receipt.tsx";

export interface TurnProperties {
  turn: Turn;
  /** Index among the branches, from 0. */
  place: number;
  count: number;
  conversationId: string;
  isLast: boolean;
  /** No answer is coming in this conversation. */
  isIdle: boolean;
}

export function TurnView(properties: TurnProperties) {
  return properties.turn.role === "user" ? <Message {...properties} /> : <Answer {...properties} />;
}

function Message(properties: TurnProperties) {
  const { turn, conversationId, isIdle } = properties;
  const [isEditing, setIsEditing] = useState(false);
  if (isEditing) {
    return (
      <li class="turn turn-user">
        <Editor
          text={turn.text}
          onCancel={() => setIsEditing(false)}
          onSend={(text) => {
            setIsEditing(false);
            editMessage(conversationId, turn, text);
          }}
        />
      </li>
    );
  }
  return (
    <li class="turn turn-user">
      <h2 class="hidden-text">You</h2>
      <div class="bubble" dir="auto">
        {turn.text}
      </div>
      <div class="turn-tools">
        <Branches {...properties} />
        <Tool
          icon="copy"
          label="Copy message"
          onClick={() => void copyText(turn.text, "Message")}
        />
        {isIdle && <Tool icon="edit" label="Edit message" onClick={() => setIsEditing(true)} />}
      </div>
    </li>
  );
}

function Editor(properties: {
  text: string;
  onSend: (text: string) => void;
  onCancel: () => void;
}) {
  const [text, setText] = useState(properties.text);
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") properties.onSend(text);
      }}
    >
      <textarea
        aria-label="Edit your message"
        value={text}
        autofocus
        ref={(element) => {
          if (element !== null && document.activeElement !== element) element.focus();
        }}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            properties.onCancel();
          }
        }}
      />
      <div class="editor-foot">
        <span class="muted">Your first version stays as a branch.</span>
        <button type="button" onClick={properties.onCancel}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={text.trim() === ""}>
          Send
        </button>
      </div>
    </form>
  );
}

function Answer(properties: TurnProperties) {
  const { turn, conversationId, isIdle, isLast } = properties;
  const isGrowing = turn.state === "streaming";
  const canContinue =
    turn.text !== "" &&
    (turn.state === "stopped" || turn.state === "failed" || turn.facts?.finishReason === "length");
  return (
    <li class="turn turn-answer" aria-busy={isGrowing}>
      <h2 class="answer-name">{turn.model?.name ?? "Model"}</h2>
      {turn.reasoning !== "" && (
        <details class="reasoning">
          <summary>{isGrowing && turn.text === "" ? "Thinking …" : "Reasoning"}</summary>
          <Markdown source={turn.reasoning} isGrowing={isGrowing} />
        </details>
      )}
      {turn.text === "" && turn.reasoning === "" && isGrowing ? (
        <p class="waiting" role="status">
          <span class="spinner" aria-hidden="true" /> Waiting for the first word
        </p>
      ) : (
        <Markdown source={turn.text} isGrowing={isGrowing} />
      )}
      {turn.toolCalls.map((call, index) => (
        <div class="tool-call" key={index}>
          <p>
            <Icon name="tool" /> The model asked for the tool{" "}
            <strong>{call.name || "(no name yet)"}</strong>
          </p>
          <pre tabIndex={0} role="region" aria-label="Arguments of the tool call">
            {call.arguments}
          </pre>
          <p class="muted">Not run: no tool firewall exists in this version, so no tool is.</p>
        </div>
      ))}
      <Ending turn={turn} />
      {turn.state === "failed" && isIdle && isLast && (
        <button type="button" onClick={() => regenerate(conversationId, turn)}>
          <Icon name="retry" /> Try again
        </button>
      )}
      {!isGrowing && (
        <div class="turn-tools">
          <Branches {...properties} />
          {turn.text !== "" && (
            <Tool
              icon="copy"
              label="Copy answer"
              onClick={() => void copyText(turn.text, "Answer")}
            />
          )}
          {isIdle && (
            <Tool
              icon="retry"
              label="Answer again"
              onClick={() => regenerate(conversationId, turn)}
            />
          )}
          {isIdle && isLast && canContinue && (
            <button
              type="button"
              class="quiet small"
              title="Asks the model to go on where this answer stopped"
              onClick={() => continueAnswer(conversationId, turn)}
            >
              <Icon name="forward" /> Continue
            </button>
          )}
          <Receipt turn={turn} />
        </div>
      )}
    </li>
  );
}

/** Why an answer ended, when it did not simply finish. */
function Ending({ turn }: { turn: Turn }): ComponentChildren {
  if (turn.state === "failed" && turn.error !== undefined) {
    return (
      <div class="failed" role="alert">
        <Mark kind="bad" />
        <div>
          <p class="failed-title">{headingOf(turn.error)}</p>
          <p>{turn.error.message}</p>
          <p class="remedy">{remedyFor(turn.error)}</p>
        </div>
      </div>
    );
  }
  if (turn.state === "stopped") return <p class="ending">Stopped by you.</p>;
  if (turn.facts?.finishReason === "length") {
    return <p class="ending">Cut at the limit of tokens for one answer.</p>;
  }
  if (turn.state === "done" && turn.text === "" && turn.toolCalls.length === 0) {
    return <p class="ending">The model ended without saying anything.</p>;
  }
  return null;
}

function Branches({ turn, place, count, conversationId, isIdle }: TurnProperties) {
  if (count < 2) return null;
  return (
    <span class="branches" role="group" aria-label="Versions">
      <Tool
        icon="left"
        label="Earlier version"
        isDisabled={!isIdle || place === 0}
        onClick={() => showBranch(conversationId, turn, -1)}
      />
      <span>
        {place + 1} / {count}
      </span>
      <Tool
        icon="right"
        label="Later version"
        isDisabled={!isIdle || place === count - 1}
        onClick={() => showBranch(conversationId, turn, 1)}
      />
    </span>
  );
}

function Tool(properties: {
  icon: "copy" | "edit" | "retry" | "left" | "right";
  label: string;
  isDisabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={properties.label}
      title={properties.label}
      disabled={properties.isDisabled === true}
      onClick={properties.onClick}
    >
      <Icon name={properties.icon} />
    </button>
  );
}

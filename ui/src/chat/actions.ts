// What a person does in a chat: send, stop, regenerate, continue, edit, and keep house.
import { streamChat, type ChatPiece, type ChatRequest } from "../api/chat-stream.ts";
import { app, patch, type App } from "../state/app.ts";
import { goTo } from "../state/navigation.ts";
import { announce } from "../shell/announcer.ts";
import { runnableModels } from "../models/selection.ts";
import {
  ROOT,
  addTurn,
  changeTurn,
  createConversation,
  promptFor,
  shownTurns,
  stepBranch,
  type Conversation,
  type ModelReference,
  type Turn,
} from "./conversation.ts";
import { createFrameBatch } from "./frames.ts";
import { sentenceEnd, spoken } from "./sentences.ts";

const MAX_TOOL_CALLS = 64;

/** Running answers, by conversation. */
const running = new Map<string, AbortController>();

function newId(): string {
  return crypto.randomUUID();
}

function changeConversation(id: string, change: (value: Conversation) => Conversation): void {
  app.update((value) => {
    const conversation = value.conversations[id];
    if (conversation === undefined) return value;
    const next = change(conversation);
    return next === conversation
      ? value
      : { ...value, conversations: { ...value.conversations, [id]: next } };
  });
}

export function newChat(): void {
  patch({ activeId: undefined });
  goTo("chat");
}

export function openChat(id: string): void {
  patch({ activeId: id });
  goTo("chat");
}

export function renameChat(id: string, title: string): void {
  const clean = title.trim();
  if (clean === "") return;
  changeConversation(id, (value) => ({ ...value, title: clean, isRenamed: true }));
}

export function deleteChat(id: string): void {
  stop(id);
  app.update((value) => {
    const { [id]: _gone, ...conversations } = value.conversations;
    return {
      ...value,
      conversations,
      activeId: value.activeId === id ? undefined : value.activeId,
    };
  });
}

export function saveDraft(id: string, draft: string): void {
  changeConversation(id, (value) => ({ ...value, draft }));
}

export function isAnswering(conversation: Conversation | undefined): boolean {
  return shownTurns(conversation ?? createConversation("", "")).some(
    (turn) => turn.state === "streaming",
  );
}

/** The model that answers: the chosen one while it is there, else a loaded one, else the first. */
export function modelForChat(value: App): ModelReference | undefined {
  const models = runnableModels(value.entries);
  const entry =
    models.find((model) => model.sha256 === value.chosenModel) ??
    models.find((model) => value.modelStates[model.sha256]?.state === "loaded") ??
    models[0];
  return entry === undefined ? undefined : { name: entry.name, sha256: entry.sha256 };
}

/** Sends a message in the active conversation, or begins one. Returns whether it was sent. */
export function sendMessage(text: string): boolean {
  const model = modelForChat(app.get());
  if (text.trim() === "" || model === undefined) return false;
  const now = new Date().toISOString();
  let id = app.get().activeId;
  if (id === undefined) {
    const conversation = createConversation(newId(), now);
    id = conversation.id;
    app.update((value) => ({
      ...value,
      activeId: conversation.id,
      conversations: { ...value.conversations, [conversation.id]: conversation },
    }));
  }
  const conversation = app.get().conversations[id];
  if (conversation === undefined || running.has(id)) return false;
  const parentId = shownTurns(conversation).at(-1)?.id ?? ROOT;
  const turn = userTurn(parentId, text, now);
  changeConversation(id, (value) => ({ ...addTurn(value, turn), draft: "" }));
  void answer(id, turn.id, model);
  return true;
}

/** A new branch beside an earlier message of the person. */
export function editMessage(conversationId: string, turn: Turn, text: string): void {
  const model = modelForChat(app.get());
  if (text.trim() === "" || model === undefined || running.has(conversationId)) return;
  const edited = userTurn(turn.parentId, text, new Date().toISOString());
  changeConversation(conversationId, (value) => addTurn(value, edited));
  void answer(conversationId, edited.id, model);
}

/** Another answer beside this one. */
export function regenerate(conversationId: string, turn: Turn): void {
  const model = modelForChat(app.get());
  if (model === undefined || running.has(conversationId)) return;
  void answer(conversationId, turn.parentId, model);
}

/** Lets an answer that stopped go on, in place. */
export function continueAnswer(conversationId: string, turn: Turn): void {
  const model = modelForChat(app.get());
  if (model === undefined || running.has(conversationId)) return;
  void answer(conversationId, turn.parentId, model, turn);
}

export function stop(conversationId: string): void {
  running.get(conversationId)?.abort();
}

export function showBranch(conversationId: string, turn: Turn, step: number): void {
  changeConversation(conversationId, (value) => stepBranch(value, turn, step));
}

function userTurn(parentId: string, text: string, createdAt: string): Turn {
  return {
    id: newId(),
    parentId,
    role: "user",
    text: text.trim(),
    reasoning: "",
    toolCalls: [],
    state: "done",
    createdAt,
  };
}

async function answer(
  conversationId: string,
  parentId: string,
  model: ModelReference,
  continued?: Turn,
): Promise<void> {
  const conversation = app.get().conversations[conversationId];
  if (conversation === undefined) return;
  const { settings } = app.get();
  const controller = new AbortController();
  running.set(conversationId, controller);

  const begun: Turn = {
    id: continued?.id ?? newId(),
    parentId,
    role: "assistant",
    text: continued?.text ?? "",
    reasoning: continued?.reasoning ?? "",
    toolCalls: continued?.toolCalls ?? [],
    state: "streaming",
    model,
    asked: {
      temperature: settings.temperature,
      maxTokens: settings.maxTokens,
      hasSystemPrompt: settings.systemPrompt.trim() !== "",
    },
    createdAt: continued?.createdAt ?? new Date().toISOString(),
  };
  const request: ChatRequest = {
    model: model.name,
    messages: promptFor(
      conversation,
      continued?.id ?? parentId,
      settings.systemPrompt,
      continued !== undefined,
    ),
  };
  if (settings.temperature !== undefined) request.temperature = settings.temperature;
  if (settings.maxTokens !== undefined) request.maxTokens = settings.maxTokens;
  changeConversation(conversationId, (value) =>
    continued === undefined ? addTurn(value, begun) : changeTurn(value, begun.id, () => begun),
  );

  let growing = begun;
  let spokenTo = begun.text.length;
  const batch = createFrameBatch(() => {
    const shown = growing;
    changeConversation(conversationId, (value) => changeTurn(value, shown.id, () => shown));
    if (settings.announce === "sentence") {
      const end = sentenceEnd(shown.text, spokenTo);
      if (end > spokenTo) announce(spoken(shown.text.slice(spokenTo, end)));
      spokenTo = end;
    }
  });
  const outcome = await streamChat(request, controller.signal, (piece) => {
    growing = addPiece(growing, piece);
    batch.schedule();
  });
  running.delete(conversationId);
  growing = outcome.ok
    ? { ...growing, state: "done", facts: outcome.value }
    : outcome.error.kind === "aborted"
      ? { ...growing, state: "stopped" }
      : { ...growing, state: "failed", error: outcome.error };
  batch.schedule();
  batch.flush();
  announceEnd(growing, spokenTo, settings.announce);
}

function announceEnd(turn: Turn, spokenTo: number, how: "sentence" | "end" | "off"): void {
  if (how === "off") return;
  const rest = spoken(how === "end" ? turn.text : turn.text.slice(spokenTo));
  const ending =
    turn.state === "failed"
      ? `The answer failed: ${turn.error?.message ?? ""}`
      : turn.state === "stopped"
        ? "The answer was stopped."
        : "The answer is complete.";
  announce(`${rest} ${ending}`.trim());
}

export function addPiece(turn: Turn, piece: ChatPiece): Turn {
  const toolCalls = piece.toolCalls.length === 0 ? turn.toolCalls : [...turn.toolCalls];
  for (const part of piece.toolCalls) {
    if (!Number.isInteger(part.index) || part.index < 0 || part.index >= MAX_TOOL_CALLS) continue;
    while (toolCalls.length <= part.index) toolCalls.push({ id: "", name: "", arguments: "" });
    const old = toolCalls[part.index] ?? { id: "", name: "", arguments: "" };
    toolCalls[part.index] = {
      id: part.id ?? old.id,
      name: part.name ?? old.name,
      arguments: old.arguments + part.arguments,
    };
  }
  return {
    ...turn,
    text: turn.text + piece.text,
    reasoning: turn.reasoning + piece.reasoning,
    toolCalls,
  };
}

/** The newest answer on screen, for "copy answer". */
export function newestAnswer(conversation: Conversation | undefined): Turn | undefined {
  if (conversation === undefined) return undefined;
  return shownTurns(conversation).findLast((turn) => turn.role === "assistant");
}

// A conversation as a tree of turns: editing or regenerating adds a branch, nothing is overwritten.
// Pure values and functions; every change gives a new conversation.
import type { AnswerFacts, PromptMessage } from "../api/chat-stream.ts";
import type { Failure } from "../api/outcome.ts";

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface ModelReference {
  name: string;
  sha256: string;
}

export interface Turn {
  id: string;
  /** The turn before this one; `ROOT` for the first. */
  parentId: string;
  role: "user" | "assistant";
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  state: "done" | "streaming" | "stopped" | "failed";
  error?: Failure;
  facts?: AnswerFacts;
  model?: ModelReference;
  /** What the answer was asked with, for its receipt. */
  asked?: {
    temperature: number | undefined;
    maxTokens: number | undefined;
    hasSystemPrompt: boolean;
  };
  createdAt: string;
}

export interface Conversation {
  id: string;
  title: string;
  /** A person gave the title: it is not derived any more. */
  isRenamed: boolean;
  createdAt: string;
  updatedAt: string;
  turns: Readonly<Record<string, Turn>>;
  /** The branches after each turn, oldest first. */
  branches: Readonly<Record<string, readonly string[]>>;
  /** The branch shown after each turn. */
  shown: Readonly<Record<string, string>>;
  draft: string;
}

export const ROOT = "root";
const TITLE_CHARACTERS = 60;

export function createConversation(id: string, now: string): Conversation {
  return {
    id,
    title: "New chat",
    isRenamed: false,
    createdAt: now,
    updatedAt: now,
    turns: {},
    branches: {},
    shown: {},
    draft: "",
  };
}

/** The turns on screen, first to last. */
export function shownTurns(conversation: Conversation): Turn[] {
  const path: Turn[] = [];
  let id = conversation.shown[ROOT];
  while (id !== undefined) {
    const turn: Turn | undefined = conversation.turns[id];
    if (turn === undefined) break;
    path.push(turn);
    id = conversation.shown[turn.id];
  }
  return path;
}

/** Adds a turn as the newest branch after its parent, and shows it. */
export function addTurn(conversation: Conversation, turn: Turn): Conversation {
  const siblings = conversation.branches[turn.parentId] ?? [];
  const isFirst = turn.parentId === ROOT && siblings.length === 0;
  return {
    ...conversation,
    title: isFirst && !conversation.isRenamed ? titleFrom(turn.text) : conversation.title,
    updatedAt: turn.createdAt,
    turns: { ...conversation.turns, [turn.id]: turn },
    branches: { ...conversation.branches, [turn.parentId]: [...siblings, turn.id] },
    shown: { ...conversation.shown, [turn.parentId]: turn.id },
  };
}

/** Changes one turn; an unknown id changes nothing (its conversation may have been deleted meanwhile). */
export function changeTurn(
  conversation: Conversation,
  id: string,
  change: (turn: Turn) => Turn,
): Conversation {
  const turn = conversation.turns[id];
  if (turn === undefined) return conversation;
  return { ...conversation, turns: { ...conversation.turns, [id]: change(turn) } };
}

/** Where a turn stands among its branches: index from 0. */
export function placeOf(conversation: Conversation, turn: Turn): { index: number; count: number } {
  const siblings = conversation.branches[turn.parentId] ?? [];
  return { index: Math.max(0, siblings.indexOf(turn.id)), count: Math.max(1, siblings.length) };
}

/** Shows the branch `step` places after (or, negative, before) this turn; stays within the branches. */
export function stepBranch(conversation: Conversation, turn: Turn, step: number): Conversation {
  const siblings = conversation.branches[turn.parentId] ?? [];
  const target = siblings[siblings.indexOf(turn.id) + step];
  if (target === undefined) return conversation;
  return { ...conversation, shown: { ...conversation.shown, [turn.parentId]: target } };
}

/** A title from the first words of a message, cut at a word. */
export function titleFrom(message: string): string {
  const line = message.trim().replace(/\s+/g, " ");
  if (line === "") return "New chat";
  if (line.length <= TITLE_CHARACTERS) return line;
  const cut = line.slice(0, TITLE_CHARACTERS + 1);
  const space = cut.lastIndexOf(" ");
  // Never ends within a surrogate pair.
  const end = space > TITLE_CHARACTERS / 2 ? space : TITLE_CHARACTERS;
  return `${line.slice(0, end).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

export const CONTINUE_REQUEST =
  "Continue your last answer exactly where it stopped. Do not repeat anything and do not comment.";

/**
 * The messages for an answer that follows `parentId`: the system prompt and the branch up to there.
 * Failed and empty answers are left out. With `isContinuing` the last answer is to go on.
 */
export function promptFor(
  conversation: Conversation,
  parentId: string,
  systemPrompt: string,
  isContinuing = false,
): PromptMessage[] {
  const branch: PromptMessage[] = [];
  let id = parentId;
  while (id !== ROOT) {
    const turn = conversation.turns[id];
    if (turn === undefined) break;
    if (turn.text !== "") branch.unshift({ role: turn.role, content: turn.text });
    id = turn.parentId;
  }
  if (isContinuing) branch.push({ role: "user", content: CONTINUE_REQUEST });
  if (systemPrompt.trim() !== "") branch.unshift({ role: "system", content: systemPrompt });
  return branch;
}

/** Tokens of the context in use after the newest answer that reported them; 0 when none did. */
export function contextInUse(turns: readonly Turn[]): number {
  for (let index = turns.length - 1; index >= 0; index--) {
    const facts = turns[index]?.facts;
    if (facts !== undefined && facts.promptTokens > 0) {
      return facts.promptTokens + facts.completionTokens;
    }
  }
  return 0;
}

export interface SearchHit {
  conversationId: string;
  title: string;
  /** Text around the first match, or empty when only the title matches. */
  excerpt: string;
}

const EXCERPT_BEFORE = 32;
const EXCERPT_CHARACTERS = 110;

/** Searches titles and contents (all branches), newest first, without regard to case. */
export function searchConversations(
  conversations: readonly Conversation[],
  query: string,
): SearchHit[] {
  const wanted = query.trim().toLowerCase();
  const newestFirst = [...conversations].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  const hits: SearchHit[] = [];
  for (const conversation of newestFirst) {
    const inTitle = conversation.title.toLowerCase().includes(wanted);
    const excerpt = wanted === "" ? "" : findExcerpt(conversation, wanted);
    if (inTitle || excerpt !== "") {
      hits.push({ conversationId: conversation.id, title: conversation.title, excerpt });
    }
  }
  return hits;
}

function findExcerpt(conversation: Conversation, wanted: string): string {
  for (const turn of Object.values(conversation.turns)) {
    const at = turn.text.toLowerCase().indexOf(wanted);
    if (at < 0) continue;
    const start = Math.max(0, at - EXCERPT_BEFORE);
    const piece = turn.text.slice(start, start + EXCERPT_CHARACTERS).replace(/\s+/g, " ");
    return `${start > 0 ? "…" : ""}${piece}${start + EXCERPT_CHARACTERS < turn.text.length ? "…" : ""}`;
  }
  return "";
}

/** What deleting would take away. */
export function sizeOf(conversation: Conversation): { messages: number; words: number } {
  const turns = Object.values(conversation.turns);
  const words = turns.reduce((sum, turn) => sum + (turn.text.match(/\S+/g)?.length ?? 0), 0);
  return { messages: turns.length, words };
}

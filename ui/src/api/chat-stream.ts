// One answer of a model: the request to `/v1/chat/completions` and its stream.
import { readErrorValue } from "./failure.ts";
import { send } from "./http.ts";
import { parseChatChunk, type ChatChunk } from "./messages.ts";
import { fail, ok, type Outcome } from "./outcome.ts";
import { parseJson } from "./parse.ts";
import { readEvents } from "./sse.ts";

export interface PromptMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface ChatRequest {
  model: string;
  messages: PromptMessage[];
  temperature?: number;
  maxTokens?: number;
  seed?: number;
}

export interface ToolCallPiece {
  index: number;
  id?: string;
  name?: string;
  /** A piece of the JSON text. */
  arguments: string;
}

/** What a stream brings, piece by piece. */
export interface ChatPiece {
  text: string;
  reasoning: string;
  toolCalls: ToolCallPiece[];
}

/** What is known when the answer has ended. Times in milliseconds. */
export interface AnswerFacts {
  finishReason: string | undefined;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  queueMs: number;
  promptMs: number;
  decodeMs: number;
  tokensPerSecond: number;
}

export function emptyFacts(): AnswerFacts {
  return {
    finishReason: undefined,
    promptTokens: 0,
    completionTokens: 0,
    cachedTokens: 0,
    queueMs: 0,
    promptMs: 0,
    decodeMs: 0,
    tokensPerSecond: 0,
  };
}

export function pieceOf(chunk: ChatChunk): ChatPiece {
  const delta = chunk.choices[0]?.delta;
  return {
    text: delta?.content ?? "",
    reasoning: delta?.reasoning_content ?? "",
    toolCalls: (delta?.tool_calls ?? []).map((call) => {
      const piece: ToolCallPiece = { index: call.index, arguments: call.function?.arguments ?? "" };
      if (call.id !== undefined) piece.id = call.id;
      if (call.function?.name !== undefined) piece.name = call.function.name;
      return piece;
    }),
  };
}

export function addFacts(facts: AnswerFacts, chunk: ChatChunk): void {
  const reason = chunk.choices[0]?.finish_reason;
  if (reason !== undefined) facts.finishReason = reason;
  if (chunk.usage !== undefined) {
    facts.promptTokens = chunk.usage.prompt_tokens;
    facts.completionTokens = chunk.usage.completion_tokens;
    facts.cachedTokens = chunk.usage.prompt_tokens_details?.cached_tokens ?? 0;
  }
  if (chunk.timings !== undefined) {
    facts.queueMs = chunk.timings.queue_ms;
    facts.promptMs = chunk.timings.prompt_ms;
    facts.decodeMs = chunk.timings.decode_ms;
    facts.tokensPerSecond = chunk.timings.tokens_per_second;
  }
}

/** Asks for an answer; `onPiece` is called for each piece. A stream that ends without `[DONE]` fails. */
export async function streamChat(
  chat: ChatRequest,
  signal: AbortSignal,
  onPiece: (piece: ChatPiece) => void,
): Promise<Outcome<AnswerFacts>> {
  const body: Record<string, unknown> = {
    model: chat.model,
    messages: chat.messages,
    stream: true,
    stream_options: { include_usage: true },
  };
  if (chat.temperature !== undefined) body["temperature"] = chat.temperature;
  if (chat.maxTokens !== undefined) body["max_tokens"] = chat.maxTokens;
  if (chat.seed !== undefined) body["seed"] = chat.seed;

  const sent = await send("/v1/chat/completions", { method: "POST", body, signal });
  if (!sent.ok) return sent;
  if (sent.value.body === null) return fail("shape", "the answer has no body");

  const facts = emptyFacts();
  let problem: Outcome<never> | undefined;
  let isDone = false;
  const read = await readEvents(sent.value.body, (event) => {
    if (event.data === "[DONE]") {
      isDone = true;
      return false;
    }
    const chunk = parseJson(parseChatChunk, event.data);
    if (!chunk.ok) {
      problem = chunk;
      return false;
    }
    const error = chunk.value.error;
    if (error !== undefined && error !== null) {
      const known = readErrorValue({ error });
      problem = fail("server", known?.message ?? "The model stopped with an error.");
      return false;
    }
    addFacts(facts, chunk.value);
    onPiece(pieceOf(chunk.value));
    return true;
  });
  if (!read.ok) return read;
  if (problem !== undefined) return problem;
  if (!isDone)
    return fail("network", "The answer ended early: the connection closed before it was done.");
  return ok(facts);
}

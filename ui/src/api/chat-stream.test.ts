import { afterEach, describe, expect, test, vi } from "vitest";
import { streamChat, type ChatPiece } from "./chat-stream.ts";

function answerWith(body: string, status = 200): ReturnType<typeof vi.fn> {
  const stub = vi.fn(() => Promise.resolve(new Response(body, { status })));
  vi.stubGlobal("fetch", stub);
  return stub;
}

async function ask() {
  const pieces: ChatPiece[] = [];
  const outcome = await streamChat(
    { model: "m", messages: [{ role: "user", content: "hi" }], maxTokens: 9 },
    new AbortController().signal,
    (piece) => pieces.push(piece),
  );
  return { outcome, text: pieces.map((piece) => piece.text).join("") };
}

const chunk = (content: string) => `data: {"choices":[{"delta":{"content":"${content}"}}]}\n\n`;

afterEach(() => vi.unstubAllGlobals());

describe("streamChat", () => {
  test("asks for a stream with usage and gives text and facts", async () => {
    const stub = answerWith(
      `${chunk("Hel")}${chunk("lo")}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n` +
        `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2},` +
        `"timings":{"queue_ms":1,"prompt_ms":2,"decode_ms":3,"tokens_per_second":4}}\n\ndata: [DONE]\n\n`,
    );
    const { outcome, text } = await ask();
    expect(text).toBe("Hello");
    expect(outcome).toMatchObject({
      ok: true,
      value: { finishReason: "stop", promptTokens: 7, completionTokens: 2, tokensPerSecond: 4 },
    });
    const init = stub.mock.calls[0]?.[1] as RequestInit;
    expect(JSON.parse(String(init.body))).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
    });
  });

  test("fails when the stream ends before it is done, keeping what came", async () => {
    answerWith(chunk("half"));
    const { outcome, text } = await ask();
    expect(text).toBe("half");
    expect(outcome).toMatchObject({ ok: false, error: { kind: "network" } });
  });

  test("gives the error that arrives within a stream", async () => {
    answerWith(
      `${chunk("a")}data: {"error":{"message":"the worker died","type":"server_error"}}\n\n`,
    );
    expect((await ask()).outcome).toMatchObject({
      ok: false,
      error: { kind: "server", message: "the worker died" },
    });
  });

  test("gives the refusal that comes instead of a stream", async () => {
    answerWith(
      '{"error":{"message":"prompt of 9 tokens is over the context of 8","type":"x"}}',
      400,
    );
    expect((await ask()).outcome).toMatchObject({
      ok: false,
      error: { kind: "refused", message: "prompt of 9 tokens is over the context of 8" },
    });
  });

  test("names a chunk of an unknown shape", async () => {
    answerWith('data: {"choices":7}\n\n');
    expect((await ask()).outcome).toMatchObject({ ok: false, error: { kind: "shape" } });
  });
});

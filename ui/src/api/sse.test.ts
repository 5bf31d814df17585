import { describe, expect, test } from "vitest";
import { cut, seeded } from "../testing/random.ts";
import { readEvents, SseDecoder, type ServerEvent } from "./sse.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function decodeAll(pieces: Uint8Array[]): ServerEvent[] {
  const decoder = new SseDecoder();
  return pieces.flatMap((piece) => {
    const events = decoder.feed(piece);
    if (!events.ok) throw new Error(events.error.message);
    return events.value;
  });
}

describe("SseDecoder", () => {
  test("gives name and data of an event, with `message` as the default name", () => {
    expect(decodeAll([encode("event: claims\ndata: {}\n\ndata: x\n\n")])).toEqual([
      { name: "claims", data: "{}" },
      { name: "message", data: "x" },
    ]);
  });

  test("joins several data lines by line breaks and strips one space only", () => {
    expect(decodeAll([encode("data:  a\ndata:b\ndata\n\n")])).toEqual([
      { name: "message", data: " a\nb\n" },
    ]);
  });

  test("drops comments, unknown fields and events without data", () => {
    expect(decodeAll([encode(": ping\n\nevent: empty\n\nid: 4\nretry: 9\ndata: y\n\n")])).toEqual([
      { name: "message", data: "y" },
    ]);
  });

  test("does not deliver an event that no empty line ended", () => {
    expect(decodeAll([encode("data: whole\n\ndata: half\n")])).toEqual([
      { name: "message", data: "whole" },
    ]);
  });

  test("ignores a byte order mark at the start", () => {
    expect(decodeAll([new Uint8Array([0xef, 0xbb, 0xbf]), encode("data: z\n\n")])).toEqual([
      { name: "message", data: "z" },
    ]);
  });

  test("gives the same events however the bytes are split and the lines are ended", () => {
    const lines = [
      "event: models",
      "data: grüße 漢字 🙂",
      "",
      ": comment",
      "data: 2",
      "data: 3",
      "",
      "",
    ];
    const expected = [
      { name: "models", data: "grüße 漢字 🙂" },
      { name: "message", data: "2\n3" },
    ];
    for (const ending of ["\n", "\r\n", "\r"]) {
      const bytes = encode(lines.join(ending));
      for (let seed = 1; seed <= 300; seed++) {
        expect(decodeAll(cut(bytes, seeded(seed))), `seed ${seed}`).toEqual(expected);
      }
    }
  });

  test("fails when one event grows over the limit", () => {
    const decoder = new SseDecoder();
    const megabyte = encode(`data: ${"a".repeat(1024 * 1024)}\n`);
    const results = Array.from({ length: 9 }, () => decoder.feed(megabyte).ok);
    expect(results[0]).toBe(true);
    expect(results.at(-1)).toBe(false);
  });
});

describe("readEvents", () => {
  test("stops reading when the listener has had enough, and frees the stream", async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encode("data: more\n\n")),
      cancel: () => {
        isCancelled = true;
      },
    });
    const seen: string[] = [];
    const outcome = await readEvents(body, (event) => seen.push(event.data) < 3);
    expect(outcome.ok).toBe(true);
    expect(seen).toEqual(["more", "more", "more"]);
    expect(isCancelled).toBe(true);
  });

  test("says that the connection broke when the stream fails", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new TypeError("gone")),
    });
    expect(await readEvents(body, () => true)).toMatchObject({
      ok: false,
      error: { kind: "network" },
    });
  });

  test("tells a stop by the person from a broken connection", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new DOMException("stop", "AbortError")),
    });
    expect(await readEvents(body, () => true)).toMatchObject({
      ok: false,
      error: { kind: "aborted" },
    });
  });
});

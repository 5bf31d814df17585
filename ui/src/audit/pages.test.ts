import { afterEach, expect, test, vi } from "vitest";
import { PAGE_ENTRIES, readPart } from "./pages.ts";

/** The gateway looks at this many entries for one answer. */
const STRETCH = 1000;

/** A log of `count` entries in which every `rare`th event is of the room vault. */
function serveLog(count: number, rare: number): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    const query = new URL(path, "http://localhost").searchParams;
    const before = Number(query.get("before") ?? count + 1);
    const limit = Number(query.get("limit"));
    const entries = [];
    let oldest = before;
    for (
      let seq = before - 1;
      seq >= 1 && seq > before - STRETCH && entries.length < limit;
      seq--
    ) {
      oldest = seq;
      const event = seq % rare === 0 ? "vault.x" : "audit.x";
      if (event.startsWith(query.get("event") ?? ""))
        entries.unshift({ seq, time: "t", room: "r", event });
    }
    const body = { entries, last_seq: count, ...(oldest > 1 && { oldest_seq: oldest }) };
    return Promise.resolve(new Response(JSON.stringify(body)));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("the first part is the newest, and the next goes on just before it", async () => {
  serveLog(250, 7);
  const first = await readPart("");
  expect(first.ok && [first.value.entries[0]?.seq, first.value.entries.length]).toEqual([
    151,
    PAGE_ENTRIES,
  ]);
  const next = await readPart("", first.ok ? first.value.olderBefore : undefined);
  expect(next.ok && next.value.entries.map((entry) => entry.seq).at(-1)).toBe(150);
});

test("the last part ends at the beginning of the log", async () => {
  serveLog(30, 7);
  expect(await readPart("")).toMatchObject({ ok: true, value: { olderBefore: undefined } });
});

test("a rare event is found far back", async () => {
  const asked = serveLog(9000, 4000);
  const part = await readPart("vault.", 8000);
  expect(part.ok && part.value.entries.map((entry) => entry.seq)).toEqual([4000]);
  expect(asked.length).toBe(5);
});

test("an event that is nowhere ends, and a very long log is left to the person", async () => {
  serveLog(500, 1e9);
  expect(await readPart("vault.")).toEqual({
    ok: true,
    value: { entries: [], olderBefore: undefined },
  });
  const asked = serveLog(1_000_000, 1e9);
  const part = await readPart("vault.");
  expect(part.ok && part.value.olderBefore).toBe(1_000_001 - 20 * (STRETCH - 1));
  expect(asked.length).toBe(20);
});

test("an answer that does not lead backwards is not asked for again", async () => {
  const answer = '{"entries":[],"last_seq":9,"oldest_seq":9}';
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(answer)));
  expect(await readPart("", 9)).toMatchObject({ ok: true, value: { olderBefore: undefined } });
});

test("a failure of the gateway is handed on", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"error":"down"}', { status: 500 })));
  expect(await readPart("", 50)).toMatchObject({ ok: false, error: { message: "down" } });
});

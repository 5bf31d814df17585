import { afterEach, expect, test, vi } from "vitest";
import { olderPage, PAGE_ENTRIES } from "./pages.ts";

/** A log of `count` entries in which every `rare`th event is of the room vault. */
function serveLog(count: number, rare: number): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    const query = new URL(path, "http://localhost").searchParams;
    const after = Number(query.get("after") ?? 0);
    const entries = Array.from({ length: count }, (_, index) => index + 1)
      .map((seq) => ({
        seq,
        time: "t",
        room: "r",
        event: seq % rare === 0 ? "vault.x" : "audit.x",
      }))
      .filter((entry) => entry.seq > after && entry.event.startsWith(query.get("event") ?? ""))
      .slice(0, Number(query.get("limit")));
    return Promise.resolve(new Response(JSON.stringify({ entries, last_seq: count })));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("the page before an entry is the hundred just before it", async () => {
  serveLog(500, 7);
  const page = await olderPage("", 401);
  expect(page.ok && [page.value.length, page.value[0]?.seq, page.value.at(-1)?.seq]).toEqual([
    PAGE_ENTRIES,
    301,
    400,
  ]);
});

test("there is nothing before the first entry", async () => {
  serveLog(10, 7);
  expect(await olderPage("", 1)).toEqual({ ok: true, value: [] });
});

test("a rare event is found far back, in few questions", async () => {
  const asked = serveLog(20_000, 9000);
  const page = await olderPage("vault.", 18_000);
  expect(page.ok && page.value.map((entry) => entry.seq)).toEqual([9000]);
  expect(asked.length).toBeLessThan(6);
});

test("a failure of the gateway is handed on", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"error":"down"}', { status: 500 })));
  expect(await olderPage("", 50)).toMatchObject({ ok: false, error: { message: "down" } });
});

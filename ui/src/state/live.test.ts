import { describe, expect, test } from "vitest";
import { app } from "./app.ts";
import { applyEvent, fromListing, mergeClaims } from "./live.ts";
import { parseClaim, type Claim, type Models } from "../api/messages.ts";
import { viewFromHash } from "./navigation.ts";

function claim(id: string, state: string, created_at: string): Claim {
  const parsed = parseClaim({ id, name: id, state, created_at }, "");
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe("mergeClaims", () => {
  test("replaces what changed, drops what was discarded, newest first", () => {
    const old = [claim("a", "checking", "2026-01-01"), claim("b", "rejected", "2026-01-02")];
    const merged = mergeClaims(old, [
      claim("a", "promoted", "2026-01-01"),
      claim("b", "discarded", "2026-01-02"),
      claim("c", "receiving", "2026-01-03"),
    ]);
    expect(merged.map((one) => `${one.id} ${one.state}`)).toEqual(["c receiving", "a promoted"]);
  });
});

describe("fromListing", () => {
  const listing: Models = { models: [], quarantine: [claim("old", "checking", "2026-01-01")] };
  const known = { ...app.get(), claims: [claim("new", "promoted", "2026-01-02")] };

  test("is believed before any event", () => {
    const part = fromListing(known, listing, new Set());
    expect(part.claims?.map((one) => one.id)).toEqual(["old"]);
  });

  test("does not undo what an event said", () => {
    const part = fromListing(known, listing, new Set(["claims"]));
    expect(part.claims?.map((one) => one.id)).toEqual(["new"]);
  });
});

describe("applyEvent", () => {
  test("takes states, entries and claims", () => {
    const state = { sha256: "ab", name: "m", state: "loading", progress: 0.5 };
    const next = applyEvent(app.get(), {
      name: "models",
      data: JSON.stringify({ models: [state] }),
    });
    expect(next.ok && next.value.modelStates["ab"]?.progress).toBe(0.5);
  });

  test.each([
    ["models", "{}"],
    ["claims", '{"claims":[{"id":1}]}'],
    ["registry", "nonsense"],
    ["surprise", "{}"],
  ])("refuses %s with %s", (name, data) => {
    expect(applyEvent(app.get(), { name, data }).ok).toBe(false);
  });
});

test.each([
  ["#/models", "models"],
  ["#audit", "audit"],
  ["", "chat"],
  ["#/<script>", "chat"],
])("the address %j shows %s", (hash, view) => {
  expect(viewFromHash(hash)).toBe(view);
});

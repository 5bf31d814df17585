import { describe, expect, test } from "vitest";
import {
  parseAuditPage,
  parseChatChunk,
  parseClaim,
  parseEntry,
  parseModels,
  parseSecurityStatus,
} from "./messages.ts";

const DIGEST = "ab".repeat(32);

describe("parseClaim", () => {
  test("reads a claim that has only just begun", () => {
    const claim = parseClaim({ id: "1", name: "m.gguf", state: "receiving" }, "");
    expect(claim).toMatchObject({
      ok: true,
      value: { bytes: 0, stage: 0, stages: [], attempts: 1 },
    });
  });

  test("reads stages, findings and the rejection", () => {
    const finding = { rule: "G-H1", class: "gate", offset: 0, reason: "wrong magic" };
    const claim = parseClaim(
      {
        id: "1",
        name: "m.gguf",
        state: "rejected",
        stages: [{ number: 2, name: "Format gate", result: "FAIL", findings: [finding] }],
        rejection: { stage: 2, rule: "G-H1", offset: 0, reason: "wrong magic" },
      },
      "",
    );
    expect(claim).toMatchObject({
      ok: true,
      value: {
        rejection: { stage: 2, rule: "G-H1", offset: 0 },
        stages: [{ result: "FAIL", findings: [finding] }],
      },
    });
  });

  test("refuses a state that the page does not know", () => {
    expect(parseClaim({ id: "1", name: "m", state: "blessed" }, "claim")).toMatchObject({
      ok: false,
    });
  });
});

describe("parseModels", () => {
  test("tells the entry from what the engine knows", () => {
    const models = parseModels(
      { models: [{ name: "m", sha256: DIGEST, size: 5, state: "loaded", context_tokens: 4096 }] },
      "",
    );
    expect(models).toMatchObject({
      ok: true,
      value: {
        models: [{ entry: { name: "m", runnable: true }, live: { state: "loaded" } }],
        quarantine: [],
      },
    });
  });

  test("refuses an entry without a digest", () => {
    expect(parseEntry({ name: "m", size: 5 }, "models[0]")).toEqual({
      ok: false,
      error: { kind: "shape", message: "models[0].sha256: expected text, got a undefined" },
    });
  });
});

describe("parseSecurityStatus", () => {
  test("takes null for every part that is not built", () => {
    const status = parseSecurityStatus(
      { vault_status: null, firewall_active: null, confinement: null, network: "none" },
      "",
    );
    expect(status).toMatchObject({ ok: true, value: { vault_status: undefined, network: "none" } });
  });
});

describe("parseChatChunk", () => {
  test("reads text, reasoning, tool calls and the ending", () => {
    const chunk = parseChatChunk(
      {
        id: "c",
        choices: [
          {
            index: 0,
            delta: {
              role: "assistant",
              content: "hi",
              reasoning_content: "hm",
              tool_calls: [{ index: 0, id: "t", function: { name: "f", arguments: "{" } }],
            },
            finish_reason: null,
          },
        ],
      },
      "",
    );
    expect(chunk).toMatchObject({
      ok: true,
      value: { choices: [{ delta: { content: "hi", reasoning_content: "hm" } }] },
    });
  });

  test("reads the last chunk, which has usage and no choices", () => {
    const chunk = parseChatChunk(
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 }, timings: { queue_ms: 1 } },
      "",
    );
    expect(chunk).toMatchObject({
      ok: true,
      value: { usage: { prompt_tokens: 3 }, timings: { queue_ms: 1, decode_ms: 0 } },
    });
  });
});

test("parseAuditPage reads entries with any fields", () => {
  const page = parseAuditPage(
    { entries: [{ seq: 1, time: "t", room: "audit", event: "audit.opened" }], last_seq: 1 },
    "",
  );
  expect(page).toMatchObject({ ok: true, value: { entries: [{ seq: 1, fields: {} }] } });
});

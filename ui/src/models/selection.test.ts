import { expect, test } from "vitest";
import type { Claim, Entry } from "../api/messages.ts";
import { parseClaim, parseEntry } from "../api/messages.ts";
import { allStages, asSentence, withoutEcho } from "./claim-card.tsx";
import { openClaims, runnableModels, stateInWords } from "./selection.ts";

function entry(more: object): Entry {
  const parsed = parseEntry({ name: "m", sha256: "ab", size: 1, ...more }, "");
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function claim(more: object): Claim {
  const parsed = parseClaim({ id: "1", name: "m", state: "checking", ...more }, "");
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

test("only admitted models that the engine can run are offered for chat", () => {
  const models = [
    entry({ name: "good" }),
    entry({ name: "withdrawn", status: "withdrawn" }),
    entry({ name: "safetensors", runnable: false }),
  ];
  expect(runnableModels(models).map((model) => model.name)).toEqual(["good"]);
});

test("a withdrawn model is called so, whatever the engine says", () => {
  expect(stateInWords(entry({ status: "withdrawn" }), undefined)).toBe("withdrawn");
});

test("promoted claims are in the admitted list, not in quarantine", () => {
  const claims = [claim({ state: "promoted" }), claim({ state: "rejected" }), claim({})];
  const { running, rejected } = openClaims(claims);
  expect([running.length, rejected.length]).toEqual([1, 1]);
});

test("all seven stages are shown, those that the gateway named with its words", () => {
  const stages = allStages(claim({ stages: [{ number: 2, name: "Gate", result: "PASS" }] }));
  expect(stages.map((stage) => stage.number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(stages[1]).toMatchObject({ name: "Gate", result: "PASS" });
  expect(stages[6]).toMatchObject({ name: "Diffusion Deep Scan", result: "PENDING" });
});

test("what the refusal says is not said again in its stage, and nothing else is left out", () => {
  const echo = { rule: "P-1", class: "gate", offset: 0, reason: "this is a pickle" };
  const other = { rule: "P-2", class: "report", reason: "it imports posix" };
  const refused = claim({
    state: "rejected",
    stages: [
      {
        number: 2,
        name: "Gate",
        result: "FAIL",
        detail: "P-1: this is a pickle",
        findings: [echo, other],
      },
    ],
    rejection: { stage: 2, rule: "P-1", offset: 0, reason: "this is a pickle" },
  });
  const [, gate] = allStages(refused).map((stage) => withoutEcho(stage, refused));
  expect([gate?.detail, gate?.findings.map((one) => one.rule)]).toEqual(["", ["P-2"]]);
  expect(asSentence("this is a pickle")).toBe("This is a pickle");
});

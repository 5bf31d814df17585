import { expect, test } from "vitest";
import { parseSecurityStatus, type SecurityStatus } from "../api/messages.ts";
import { stripItems, type StripInput } from "./status.ts";

function status(more: object): SecurityStatus {
  const parsed = parseSecurityStatus({ network: "none", ...more }, "");
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const CALM: StripInput = {
  status: status({}),
  isConnected: true,
  model: { name: "smol", sha256: "b179c952c0a2" },
  modelState: undefined,
  isAnyLoaded: false,
};
const values = (input: StripInput) =>
  stripItems(input).map((item) => `${item.id}: ${item.value} (${item.kind})`);

test("claims nothing while the gateway does not answer", () => {
  const lost = { ...CALM, status: undefined, isConnected: false };
  expect(values(lost)).toEqual([
    "vault: unknown (warn)",
    "network: unknown (warn)",
    "model: unknown (warn)",
    "worker: unknown (warn)",
  ]);
});

test("says what is not built, and what is admitted", () => {
  expect(values(CALM)).toEqual([
    "vault: not built (info)",
    "network: none (good)",
    "model: admitted b179c952 (good)",
    "worker: not running (info)",
  ]);
});

test("cries out when the worker is not confined", () => {
  const rooms = [{ room: "inference-worker", state: "running", seccomp: 0, no_new_privs: true }];
  const bad = { ...CALM, status: status({ confinement: { rooms } }) };
  expect(values(bad)[3]).toBe("worker: NOT confined (bad)");
});

test("one worker that is not confined is not hidden by another that is", () => {
  const good = { room: "inference-worker", state: "running", seccomp: 2, no_new_privs: true };
  const rooms = [good, { ...good, no_new_privs: false }];
  const mixed = { ...CALM, status: status({ confinement: { rooms } }) };
  expect(values(mixed)[3]).toBe("worker: NOT confined (bad)");
});

test("a loaded model without a known process is not called confined, nor gone", () => {
  expect(values({ ...CALM, isAnyLoaded: true })[3]).toBe("worker: not measured (warn)");
});

test("does not call a network good that is not none", () => {
  expect(values({ ...CALM, status: status({ network: null }) })[1]).toBe(
    "network: not measured (warn)",
  );
  expect(values({ ...CALM, status: status({ network: "allowed" }) })[1]).toBe(
    "network: allowed (warn)",
  );
});

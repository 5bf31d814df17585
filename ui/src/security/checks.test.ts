import { describe, expect, test } from "vitest";
import { parseSecurityStatus, type SecurityStatus } from "../api/messages.ts";
import { isConfined, securityChecks } from "./checks.ts";

const ROOM = { room: "gateway", state: "running", seccomp: 2, no_new_privs: true, landlock: true };

function status(more: object): SecurityStatus {
  const parsed = parseSecurityStatus(
    {
      network: "none",
      confinement: {
        level: "full",
        kernel: "6.1",
        landlock_abi: 2,
        user_namespaces: true,
        rooms: [ROOM],
      },
      ...more,
    },
    "",
  );
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const verdictOf = (all: SecurityStatus, words: string) =>
  securityChecks(all).find((check) => check.title.includes(words))?.verdict;

describe("isConfined", () => {
  test.each([2, true, "filter", "2"])("takes seccomp %j with no_new_privs", (seccomp) => {
    expect(isConfined({ ...ROOM, seccomp })).toBe(true);
  });

  test.each([0, 1, false, null, undefined, "disabled", "", {}])("refuses seccomp %j", (seccomp) => {
    expect(isConfined({ ...ROOM, seccomp })).toBe(false);
  });

  test("refuses a process that may gain privileges", () => {
    expect(isConfined({ ...ROOM, no_new_privs: false })).toBe(false);
  });
});

describe("securityChecks", () => {
  test("passes what is confined and says INFO for what is not built", () => {
    const all = status({});
    expect(verdictOf(all, "gateway")).toBe("PASS");
    expect(verdictOf(all, "network")).toBe("PASS");
    expect(verdictOf(all, "Vault")).toBe("INFO");
  });

  test("fails a room without its filter, with a remedy", () => {
    const rooms = [{ ...ROOM, seccomp: 0 }];
    const all = status({ confinement: { level: "x", landlock_abi: 2, rooms } });
    const check = securityChecks(all).find((one) => one.title.includes("gateway"));
    expect(check?.verdict).toBe("FAIL");
    expect(check?.remedy).not.toBe("");
  });

  test("warns where nothing was measured, and never passes it", () => {
    const all = status({ confinement: null, network: null });
    expect(verdictOf(all, "Confinement")).toBe("WARN");
    expect(verdictOf(all, "Network")).toBe("WARN");
  });

  test("fails a kernel without Landlock", () => {
    expect(verdictOf(status({ confinement: { level: "x", landlock_abi: 0 } }), "Landlock")).toBe(
      "FAIL",
    );
  });

  test("gives every FAIL and WARN a remedy", () => {
    const worst = status({
      confinement: {
        level: "x",
        landlock_abi: 0,
        rooms: [
          { ...ROOM, seccomp: 0 },
          { ...ROOM, seccomp: null },
        ],
      },
      network: null,
      firewall_active: false,
      integrity_ok: false,
    });
    const silent = securityChecks(worst).filter(
      (check) => (check.verdict === "FAIL" || check.verdict === "WARN") && check.remedy === "",
    );
    expect(silent).toEqual([]);
  });
});

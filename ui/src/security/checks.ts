// The security page's list: PASS, WARN, FAIL or INFO, each with its evidence and remedy. Pure.
import type { SecurityStatus } from "../api/messages.ts";

export type Verdict = "PASS" | "WARN" | "FAIL" | "INFO";

export interface Check {
  verdict: Verdict;
  title: string;
  evidence: string;
  /** A sentence or command that changes it; empty where nothing needs doing. */
  remedy: string;
}

export type Room = NonNullable<SecurityStatus["confinement"]>["rooms"][number];

/** Seccomp is in force when the kernel says so: `2` in /proc, or the word or flag the gateway makes of it. */
function hasSeccomp(value: unknown): boolean {
  return value === true || value === 2 || value === "filter" || value === "2";
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}

/** What must hold for every part: a seccomp filter and no way to gain privileges. */
export function isConfined(room: Room): boolean {
  return hasSeccomp(room.seccomp) && isTrue(room.no_new_privs);
}

/** The processes that run a model now: one for each loaded model, and those of tests in quarantine. */
export function modelWorkers(status: SecurityStatus): Room[] {
  return status.confinement?.rooms.filter((room) => room.room === "inference-worker") ?? [];
}

export function securityChecks(status: SecurityStatus): Check[] {
  return [
    network(status),
    ...confinement(status),
    integrity(status),
    notBuilt(status.vault_status, "Vault", status.vault_note, (state) => ({
      verdict: state === "uninitialized" ? "WARN" : "PASS",
      title: `Vault is ${state}`,
      evidence: status.vault_note ?? "",
      remedy: "",
    })),
    notBuilt(status.firewall_active, "Tool firewall", undefined, (isActive) => ({
      verdict: isActive ? "PASS" : "FAIL",
      title: isActive ? "Tool firewall answers" : "Tool firewall does not answer",
      evidence: isActive ? "Tool calls are decided by its rules." : "No tool call can be decided.",
      remedy: isActive ? "" : "secai doctor",
    })),
    notBuilt(status.airlock_enabled, "Airlock", undefined, (isEnabled) => ({
      verdict: isEnabled ? "INFO" : "PASS",
      title: isEnabled ? "Airlock is enabled" : "Airlock is disabled",
      evidence: isEnabled
        ? "Allowed destinations can be reached through it."
        : "Nothing can leave through it.",
      remedy: isEnabled ? "To close it: airlock.enabled: false in policy.yaml." : "",
    })),
    notBuilt(status.search_enabled, "Web search", undefined, (isEnabled) => ({
      verdict: "INFO",
      title: isEnabled ? "Web search is enabled" : "Web search is disabled",
      evidence: "Queries go through Tor.",
      remedy: "",
    })),
    {
      verdict: "INFO",
      title: `SecAI ${status.version ?? "of unknown version"}`,
      evidence: engineInWords(status.engine),
      remedy: "",
    },
  ];
}

function network(status: SecurityStatus): Check {
  if (status.network === "none") {
    return {
      verdict: "PASS",
      title: "No part can reach the network",
      evidence:
        "Every part's kernel filter refuses internet sockets; the gateway only answers on loopback.",
      remedy: "",
    };
  }
  return {
    verdict: status.network === undefined ? "WARN" : "INFO",
    title: `Network: ${status.network ?? "not measured"}`,
    evidence: "What may leave is decided by the airlock's rules.",
    remedy: "secai airlock status",
  };
}

function confinement(status: SecurityStatus): Check[] {
  const facts = status.confinement;
  if (facts === undefined) {
    return [
      {
        verdict: "WARN",
        title: "Confinement was not measured",
        evidence: "The gateway did not report what the kernel enforces.",
        remedy: "secai doctor",
      },
    ];
  }
  const kernel = `Kernel ${facts.kernel ?? "unknown"}, Landlock ABI ${facts.landlock_abi ?? "unknown"}, user namespaces: ${
    facts.user_namespaces === true ? "yes" : facts.user_namespaces === false ? "no" : "not measured"
  }.`;
  const abi = facts.landlock_abi ?? 0;
  const level: Check =
    abi >= 1
      ? {
          verdict: "PASS",
          title: `Confinement level: ${typeof facts.level === "object" ? "measured" : String(facts.level)}`,
          evidence: kernel,
          remedy: "",
        }
      : {
          verdict: "FAIL",
          title: "The kernel has no Landlock",
          evidence: kernel,
          remedy: "Boot Debian 12's own kernel or a newer one.",
        };
  const extras: Check[] =
    facts.user_namespaces === false
      ? [
          {
            verdict: "INFO",
            title: "User namespaces are not available",
            evidence: "An extra layer; Landlock and seccomp hold without it.",
            remedy: "If the administrator allows it: sysctl kernel.unprivileged_userns_clone=1",
          },
        ]
      : [];
  return [level, ...extras, ...facts.rooms.map(roomCheck)];
}

function roomCheck(room: Room): Check {
  const evidence =
    `State ${room.state === "" ? "unknown" : room.state}; seccomp ${room.seccomp === 2 ? "filter" : say(room.seccomp)}, ` +
    `no new privileges ${say(room.no_new_privs)}, Landlock ${say(room.landlock)}.`;
  if (isConfined(room)) {
    return { verdict: "PASS", title: `${room.room} is confined`, evidence, remedy: "" };
  }
  const isMeasured = room.seccomp !== undefined && room.seccomp !== null;
  return isMeasured
    ? {
        verdict: "FAIL",
        title: `${room.room} is not confined`,
        evidence,
        remedy: "Stop SecAI (secai up --stop) and run: secai doctor",
      }
    : { verdict: "WARN", title: `${room.room} was not measured`, evidence, remedy: "secai doctor" };
}

function say(value: unknown): string {
  if (value === true || value === 1) return "yes";
  if (value === false || value === 0) return "no";
  if (value === undefined || value === null) return "not measured";
  return typeof value === "string" || typeof value === "number" ? String(value) : "reported";
}

function integrity(status: SecurityStatus): Check {
  if (status.integrity_ok === undefined) {
    return {
      verdict: "INFO",
      title: "Integrity monitor is not built yet",
      evidence: "Admitted models are still hashed before each load.",
      remedy: "",
    };
  }
  return {
    verdict: status.integrity_ok ? "PASS" : "FAIL",
    title: status.integrity_ok ? "Files are unchanged" : "Files have changed",
    evidence: `Last check: ${status.last_integrity_check ?? "never"}.`,
    remedy: status.integrity_ok ? "" : "Look at the audit page for integrity events.",
  };
}

function notBuilt<T>(
  value: T | undefined,
  name: string,
  note: string | undefined,
  built: (value: T) => Check,
): Check {
  if (value !== undefined) return built(value);
  return {
    verdict: "INFO",
    title: `${name} is not built yet`,
    evidence: note ?? "It is not part of this version; nothing pretends to be it.",
    remedy: "",
  };
}

function engineInWords(engine: unknown): string {
  if (typeof engine === "string") return `Engine: ${engine}.`;
  if (engine === undefined || engine === null) return "Engine version not reported.";
  return `Engine: ${JSON.stringify(engine)}.`;
}

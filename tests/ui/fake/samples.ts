// Answers in the shapes of docs/api.md, with values that look like life.

const STAGES = [
  "Source Policy",
  "Format Gate",
  "Integrity Check",
  "Provenance",
  "Static Scan",
  "Behavioral Smoke Test",
  "Diffusion Deep Scan",
];

export const DIGEST = "b179c952c0a2c0e6f3a1b7d4d2f7c09b3b5a3c7e0d4f8a6c1e2b9d7f5a3c1e0f";

export function entry(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: "SmolLM2-135M-Instruct.Q4_1",
    path: "/var/lib/secure-ai/registry/b1/b179c952",
    sha256: DIGEST,
    size: 98_060_000,
    format: "gguf",
    source: "local",
    status: "admitted",
    promoted_at: "2026-11-24T10:03:11.220Z",
    runnable: true,
    trust_level: 2,
    architecture: "llama",
    parameters: 134_515_008,
    quantization: "Q4_1",
    context_length: 8192,
    gguf_guard_fingerprint: "f1",
    gguf_guard_manifest: "m1",
    admission: {},
    ...more,
  };
}

export function modelState(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    sha256: DIGEST,
    name: "SmolLM2-135M-Instruct.Q4_1",
    state: "loaded",
    progress: 1,
    context_tokens: 4096,
    sequences: 4,
    busy: 0,
    queued: 0,
    tokens_per_second: 29.3,
    ...more,
  };
}

export function estimate(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    fits: "fits",
    weights_bytes: 98_060_000,
    repack_bytes: 81_000_000,
    context_bytes: 94_000_000,
    peak_bytes: 273_060_000,
    available_bytes: 6_400_000_000,
    ...more,
  };
}

export function listedModel(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...entry(),
    state: "loaded",
    context_tokens: 4096,
    tokens_per_second: 29.3,
    estimate: estimate(),
    ...more,
  };
}

/** A claim whose stages before `stage` passed; that stage has `result`. */
export function claim(
  stage: number,
  result: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const details = [
    "local import",
    "GGUF v3, 272 tensors",
    "b179c952c0a2",
    "unsigned, digest recorded",
  ];
  return {
    id: "claim-1",
    name: "Qwen2.5-0.5B-Instruct.Q4_K_M.gguf",
    bytes: 397_808_192,
    received_bytes: 397_808_192,
    sha256: DIGEST,
    format: "gguf",
    source: "local",
    state: "checking",
    stage,
    stages: STAGES.map((name, index) => ({
      number: index + 1,
      name,
      result: index + 1 < stage ? "PASS" : index + 1 === stage ? result : "PENDING",
      detail: index + 1 < stage ? (details[index] ?? "") : "",
      progress: index + 1 === stage ? 0.42 : index + 1 < stage ? 1 : 0,
      seconds: index + 1 < stage ? 0.4 * (index + 1) : 0,
      findings: [],
    })),
    attempts: 1,
    created_at: "2026-11-24T10:11:12.000Z",
    ...more,
  };
}

export function rejectedClaim(): Record<string, unknown> {
  const refused = claim(2, "FAIL", {
    id: "claim-2",
    name: "totally-safe-model.gguf",
    bytes: 2_113_000,
    state: "rejected",
    created_at: "2026-11-24T09:41:00.000Z",
    rejection: {
      stage: 2,
      rule: "F-1",
      offset: 0,
      reason: "The content is a Python pickle inside a zip archive, not GGUF or safetensors",
    },
  });
  const stages = refused["stages"] as Record<string, unknown>[];
  Object.assign(stages[1] ?? {}, {
    detail: "pickle in zip",
    findings: [
      { rule: "F-1", class: "gate", offset: 0, reason: "local file header of a zip archive" },
      { rule: "F-7", class: "report", offset: 1184, reason: "opcode GLOBAL posix system" },
    ],
  });
  return refused;
}

export function security(more: Record<string, unknown> = {}): Record<string, unknown> {
  const room = (name: string) => ({
    room: name,
    state: "running",
    seccomp: 2,
    no_new_privs: true,
    landlock: true,
  });
  return {
    vault_status: null,
    firewall_active: null,
    airlock_enabled: null,
    search_enabled: null,
    integrity_ok: null,
    last_integrity_check: null,
    confinement: {
      level: "landlock+seccomp",
      kernel: "6.1.0-41-amd64",
      landlock_abi: 2,
      user_namespaces: true,
      rooms: ["audit", "registry", "quarantine", "inference", "inference-worker", "gateway"].map(
        room,
      ),
    },
    network: "none",
    vault_note: "The vault is not built yet: models and conversations are not encrypted.",
    version: "0.1.0",
    engine: "llama.cpp b6527",
    ...more,
  };
}

export function auditEntries(count: number): Record<string, unknown>[] {
  const events = [
    ["supervisor", "supervisor.room_started", { name: "registry" }],
    ["quarantine", "quarantine.received", { id: "claim-1", bytes: 397808192 }],
    ["quarantine", "quarantine.stage_passed", { id: "claim-1", stage: 2 }],
    ["registry", "registry.admitted", { name: "SmolLM2-135M-Instruct.Q4_1", sha256: DIGEST }],
    ["inference", "inference.loaded", { name: "SmolLM2-135M-Instruct.Q4_1" }],
    ["quarantine", "quarantine.rejected", { id: "claim-2", stage: 2, rule: "F-1" }],
  ] as const;
  return Array.from({ length: count }, (_, index) => {
    const [room, event, fields] = events[index % events.length] ?? events[0];
    const time = new Date(Date.UTC(2026, 10, 24, 10, 0, index)).toISOString();
    return { seq: index + 1, time, room, event, fields };
  });
}

export const MARKDOWN_ANSWER = `A journal makes a **crash** boring. Before the file system changes anything, it writes down *what it is about to do*:

1. Write the intention to the journal and make it durable.
2. Change the real blocks.
3. Mark the entry as done.

After a power cut it reads the journal and either finishes an entry or drops it, so nothing is ever half written.

### In code

\`\`\`python
def commit(journal, blocks):
    entry = journal.append(blocks)   # step 1
    journal.sync()
    for block in blocks:
        disk.write(block.at, block.data)
    journal.mark_done(entry)
\`\`\`

| Mode | Journals | Cost |
| --- | --- | ---: |
| writeback | metadata | 1.0x |
| ordered | metadata, data first | 1.1x |
| journal | everything | 1.9x |

> The order of writes matters more than their number.

See [the ext4 documentation](https://www.kernel.org/doc/html/latest/filesystems/ext4/) for more.
`;

// The messages of docs/api.md and docs/links.md as the page reads them: one parser each.
import {
  anything,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  text,
  withDefault,
  type Parsed,
} from "./parse.ts";

/** One remark of a check: `gate` refuses, `review` asks for a look, `report` informs. */
export const parseFinding = object({
  rule: text,
  class: oneOf("gate", "review", "report"),
  offset: optional(number),
  tensor: optional(text),
  reason: text,
});
export type Finding = Parsed<typeof parseFinding>;

export const parseStage = object({
  number,
  name: text,
  result: oneOf("PENDING", "RUNNING", "PASS", "FAIL", "SKIP"),
  detail: withDefault(text, ""),
  progress: withDefault(number, 0),
  seconds: withDefault(number, 0),
  findings: withDefault(list(parseFinding), []),
});
export type Stage = Parsed<typeof parseStage>;

/** A file in quarantine, from the first byte received to promotion or rejection. Sizes in bytes. */
export const parseClaim = object({
  id: text,
  name: text,
  bytes: withDefault(number, 0),
  received_bytes: withDefault(number, 0),
  sha256: optional(text),
  format: optional(text),
  source: withDefault(text, "local"),
  state: oneOf("receiving", "received", "checking", "rejected", "promoted", "discarded", "waiting"),
  stage: withDefault(number, 0),
  stages: withDefault(list(parseStage), []),
  rejection: optional(
    object({ stage: number, rule: text, offset: optional(number), reason: text }),
  ),
  trust_level: optional(number),
  attempts: withDefault(number, 1),
  created_at: withDefault(text, ""),
  finished_at: optional(text),
  model: optional(text),
});
export type Claim = Parsed<typeof parseClaim>;

/** An admitted model. */
export const parseEntry = object({
  name: text,
  path: withDefault(text, ""),
  sha256: text,
  size: number,
  format: withDefault(text, "gguf"),
  source: withDefault(text, "local"),
  status: withDefault(text, "admitted"),
  promoted_at: withDefault(text, ""),
  runnable: withDefault(flag, true),
  trust_level: withDefault(number, 4),
  architecture: optional(text),
  parameters: optional(number),
  quantization: optional(text),
  context_length: optional(number),
});
export type Entry = Parsed<typeof parseEntry>;

/** "Will it run": the predicted peak of memory against what is free now. Bytes. */
export const parseEstimate = object({
  fits: oneOf("fits", "tight", "no"),
  weights_bytes: withDefault(number, 0),
  repack_bytes: withDefault(number, 0),
  context_bytes: withDefault(number, 0),
  peak_bytes: number,
  available_bytes: number,
});
export type Estimate = Parsed<typeof parseEstimate>;

const runState = oneOf("unloaded", "loading", "loaded", "failed");

/** What the engine does with one model at this moment. */
export const parseModelState = object({
  sha256: text,
  name: withDefault(text, ""),
  state: runState,
  progress: withDefault(number, 0),
  error: optional(text),
  context_tokens: withDefault(number, 0),
  sequences: withDefault(number, 0),
  busy: withDefault(number, 0),
  queued: withDefault(number, 0),
  peak_bytes: optional(number),
  estimate_bytes: optional(number),
  tokens_per_second: optional(number),
});
export type ModelState = Parsed<typeof parseModelState>;

/** A row of `GET /api/models`: the entry and, beside it, what the engine knows. */
const parseListedModel = object({
  state: withDefault(runState, "unloaded"),
  estimate: optional(parseEstimate),
  context_tokens: optional(number),
  tokens_per_second: optional(number),
  error: optional(text),
  progress: optional(number),
});

export const parseModels = object({
  models: list((value, path) => {
    const entry = parseEntry(value, path);
    if (!entry.ok) return entry;
    const live = parseListedModel(value, path);
    if (!live.ok) return live;
    return { ok: true, value: { entry: entry.value, live: live.value } };
  }),
  quarantine: withDefault(list(parseClaim), []),
});
export type Models = Parsed<typeof parseModels>;

export const parseClaimsEvent = object({ claims: list(parseClaim) });
export const parseStatesEvent = object({ models: list(parseModelState) });
export const parseRegistryEvent = object({ models: list(parseEntry) });
export const parseImportStarted = object({ id: text });
export const parseVerified = object({ ok: flag, detail: withDefault(text, "") });
export const parseVerifiedAll = object({
  ok: flag,
  results: withDefault(list(object({ name: text, ok: flag, detail: withDefault(text, "") })), []),
});
export const parseNothing = anything;

const parseRoom = object({
  room: text,
  state: withDefault(text, ""),
  seccomp: anything,
  no_new_privs: anything,
  landlock: anything,
});

/** `GET /api/security/status`, as the kernel and the services answer it now. */
export const parseSecurityStatus = object({
  vault_status: optional(text),
  firewall_active: optional(flag),
  airlock_enabled: optional(flag),
  search_enabled: optional(flag),
  integrity_ok: optional(flag),
  last_integrity_check: optional(text),
  confinement: optional(
    object({
      level: anything,
      kernel: optional(text),
      landlock_abi: optional(number),
      user_namespaces: anything,
      rooms: withDefault(list(parseRoom), []),
    }),
  ),
  network: optional(text),
  vault_note: optional(text),
  version: optional(text),
  engine: anything,
});
export type SecurityStatus = Parsed<typeof parseSecurityStatus>;

export const parseAuditEntry = object({
  seq: number,
  time: text,
  room: text,
  event: text,
  fields: withDefault(anything, {}),
});
export type AuditEntry = Parsed<typeof parseAuditEntry>;
export const parseAuditPage = object({
  entries: list(parseAuditEntry),
  last_seq: number,
  oldest_seq: optional(number),
});
export type AuditPage = Parsed<typeof parseAuditPage>;

/** One `data:` document of a chat stream. */
export const parseChatChunk = object({
  choices: withDefault(
    list(
      object({
        delta: withDefault(
          object({
            content: optional(text),
            reasoning_content: optional(text),
            tool_calls: optional(
              list(
                object({
                  index: withDefault(number, 0),
                  id: optional(text),
                  function: optional(object({ name: optional(text), arguments: optional(text) })),
                }),
              ),
            ),
          }),
          { content: undefined, reasoning_content: undefined, tool_calls: undefined },
        ),
        finish_reason: optional(text),
      }),
    ),
    [],
  ),
  usage: optional(
    object({
      prompt_tokens: withDefault(number, 0),
      completion_tokens: withDefault(number, 0),
      prompt_tokens_details: optional(object({ cached_tokens: withDefault(number, 0) })),
    }),
  ),
  timings: optional(
    object({
      queue_ms: withDefault(number, 0),
      prompt_ms: withDefault(number, 0),
      decode_ms: withDefault(number, 0),
      tokens_per_second: withDefault(number, 0),
    }),
  ),
  system_fingerprint: optional(text),
  error: anything,
});
export type ChatChunk = Parsed<typeof parseChatChunk>;

/** Both error shapes of the gateway: `{"error": "…"}` and OpenAI's `{"error": {"message": …}}`. */
export const parseErrorBody = object({ error: anything, code: optional(text) });
export const parseErrorObject = object({
  message: text,
  type: optional(text),
  code: anything,
});

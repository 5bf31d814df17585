// Reading the audit log page by page: newest first on screen, oldest first from the gateway.
import { gateway } from "../api/gateway.ts";
import type { AuditEntry } from "../api/messages.ts";
import { ok, type Outcome } from "../api/outcome.ts";

export const PAGE_ENTRIES = 100;
/** A rare event may lie far back; after so many questions the person decides whether to go on. */
const MOST_QUESTIONS = 20;

export interface AuditPart {
  /** Oldest first. */
  entries: AuditEntry[];
  /** Where the next older part ends; undefined at the beginning of the log. */
  olderBefore: number | undefined;
}

/**
 * The newest entries, or those just before `before`. The gateway looks at a stretch of the log at a time, so
 * that a part without a match is asked on from where it ended.
 */
export async function readPart(event: string, before?: number): Promise<Outcome<AuditPart>> {
  let end = before;
  for (let question = 1; ; question++) {
    const page = await gateway.audit({ limit: PAGE_ENTRIES, before: end, event });
    if (!page.ok) return page;
    const { entries, oldest_seq: oldest } = page.value;
    // An answer that does not lead backwards would be asked for for ever.
    const leadsBack = oldest !== undefined && oldest > 1 && (end === undefined || oldest < end);
    const olderBefore = leadsBack ? oldest : undefined;
    if (entries.length > 0 || olderBefore === undefined || question === MOST_QUESTIONS) {
      return ok({ entries, olderBefore });
    }
    end = olderBefore;
  }
}

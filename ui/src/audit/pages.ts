// Reading the audit log page by page: newest first on screen, oldest first from the gateway.
import { gateway } from "../api/gateway.ts";
import type { AuditEntry } from "../api/messages.ts";
import { ok, type Outcome } from "../api/outcome.ts";

export const PAGE_ENTRIES = 100;
/** The most entries the gateway gives at once. */
const MOST_AT_ONCE = 1000;

/** The newest entries, oldest first. */
export async function newestPage(event: string): Promise<Outcome<AuditEntry[]>> {
  const page = await gateway.audit({ limit: PAGE_ENTRIES, event });
  return page.ok ? ok(page.value.entries) : page;
}

/**
 * The entries just before `firstSeq`, oldest first; empty when there are none. The gateway reads forwards
 * from a sequence number, so a filtered page looks at a growing window before `firstSeq`.
 */
export async function olderPage(event: string, firstSeq: number): Promise<Outcome<AuditEntry[]>> {
  let width = event === "" ? PAGE_ENTRIES : MOST_AT_ONCE;
  for (;;) {
    const after = Math.max(0, firstSeq - 1 - width);
    const limit = Math.min(MOST_AT_ONCE, width);
    const page = await gateway.audit({ limit, after, event });
    if (!page.ok) return page;
    const older = page.value.entries.filter((entry) => entry.seq < firstSeq);
    if (older.length > 0 || after === 0) return ok(older.slice(-PAGE_ENTRIES));
    width *= 4;
  }
}

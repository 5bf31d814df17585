// The audit page: what happened, newest first, filtered by the beginning of the event's name.
import { useEffect, useRef, useState } from "preact/hooks";
import type { AuditEntry } from "../api/messages.ts";
import type { Failure } from "../api/outcome.ts";
import { Icon } from "../kit/icon.tsx";
import { Empty, Failed, Loading } from "../kit/states.tsx";
import { fieldsInWords } from "./fields.ts";
import { readPart } from "./pages.ts";

const FILTERS = ["", "quarantine.", "registry.", "inference.", "supervisor.", "gateway."] as const;
const TYPING_PAUSE_MS = 250;

interface Shown {
  /** Newest first. */
  entries: AuditEntry[];
  olderBefore: number | undefined;
  isLoading: boolean;
  error: Failure | undefined;
}

const NOTHING: Shown = { entries: [], olderBefore: undefined, isLoading: true, error: undefined };

export function AuditView() {
  const [prefix, setPrefix] = useState("");
  const [shown, setShown] = useState(NOTHING);
  // An answer to an older question must not replace that to a newer one.
  const question = useRef(0);

  /** Reads from the newest, or goes on before what is shown. */
  const read = async (event: string, before?: number) => {
    const mine = ++question.current;
    setShown((old) => ({ ...old, isLoading: true }));
    const part = await readPart(event, before);
    if (mine !== question.current) return;
    setShown((old) => {
      const kept = before === undefined ? [] : old.entries;
      if (!part.ok) return { ...old, entries: kept, isLoading: false, error: part.error };
      const entries = [...kept, ...part.value.entries.toReversed()];
      return { entries, olderBefore: part.value.olderBefore, isLoading: false, error: undefined };
    });
  };

  useEffect(() => {
    const timer = setTimeout(() => void read(prefix), prefix === "" ? 0 : TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [prefix]);

  return (
    <div class="page" tabIndex={0} role="region" aria-label="Audit log">
      <header class="page-head">
        <div>
          <h1>Audit</h1>
          <p class="muted">
            What was decided and done, from <code>/var/log/secure-ai/audit.log</code>. Never
            prompts, answers or file contents.
          </p>
        </div>
        <button type="button" onClick={() => void read(prefix)} disabled={shown.isLoading}>
          <Icon name="retry" /> Refresh
        </button>
      </header>
      <div class="filters">
        <label class="field-inline">
          <span>Events that begin with</span>
          <input
            type="text"
            value={prefix}
            placeholder="all events"
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setPrefix(event.currentTarget.value.trim())}
          />
        </label>
        <div class="filter-choices" role="group" aria-label="Common filters">
          {FILTERS.map((filter) => (
            <button
              key={filter}
              type="button"
              class="chip-button"
              aria-pressed={prefix === filter}
              onClick={() => setPrefix(filter)}
            >
              {filter === "" ? "all" : filter.replace(/\.$/, "")}
            </button>
          ))}
        </div>
      </div>
      {shown.error !== undefined && (
        <Failed failure={shown.error} onRetry={() => void read(prefix)} />
      )}
      {shown.entries.length > 0 && <Entries entries={shown.entries} />}
      {shown.entries.length === 0 && shown.isLoading && <Loading what="the log" />}
      {shown.entries.length === 0 && !shown.isLoading && shown.error === undefined && (
        <Empty
          icon="list"
          title={
            prefix === "" ? "Nothing has been recorded yet" : `No event begins with “${prefix}”`
          }
        />
      )}
      {shown.olderBefore !== undefined && (
        <p class="more-row">
          <button
            type="button"
            onClick={() => void read(prefix, shown.olderBefore)}
            disabled={shown.isLoading}
          >
            {shown.isLoading ? "Loading …" : "Show older"}
          </button>
        </p>
      )}
    </div>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <ol class="audit" aria-label="Audit entries, newest first">
      {entries.map((entry) => (
        <li key={entry.seq}>
          <span class="audit-number">{entry.seq}</span>
          <time class="audit-time" dateTime={entry.time}>
            {entry.time.replace("T", " ").replace("Z", "")}
          </time>
          <span class="audit-event">{entry.event}</span>
          <span class="audit-fields">
            {fieldsInWords(entry.fields).map(([name, value]) => (
              <span key={name}>
                <span class="field-name">{name}</span> {value}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ol>
  );
}

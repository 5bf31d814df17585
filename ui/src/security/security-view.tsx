// The security page: what is enforced now, as kernel and services report it, and what to do about the rest.
import { Icon, Mark, type MarkKind } from "../kit/icon.tsx";
import { Failed, Loading } from "../kit/states.tsx";
import { useStore } from "../kit/store.ts";
import { app } from "../state/app.ts";
import { refreshSecurity } from "../state/live.ts";
import { securityChecks, type Check, type Verdict } from "./checks.ts";

const MARKS: Readonly<Record<Verdict, MarkKind>> = {
  PASS: "good",
  WARN: "warn",
  FAIL: "bad",
  INFO: "info",
};
const ORDER: readonly Verdict[] = ["FAIL", "WARN", "PASS", "INFO"];

export function SecurityView() {
  const { value, isLoading, error } = useStore(app, (all) => all.security);
  const checks = value === undefined ? [] : securityChecks(value);
  const sorted = checks.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return (
    <div class="page" tabIndex={0} role="region" aria-label="Security checks">
      <header class="page-head">
        <div>
          <h1>Security</h1>
          <p class="muted">
            Read from the kernel and the running parts, not from configuration. INFO is where
            nothing needs doing.
          </p>
        </div>
        <button type="button" onClick={() => void refreshSecurity()} disabled={isLoading}>
          <Icon name="retry" /> Check again
        </button>
      </header>
      {error !== undefined && <Failed failure={error} onRetry={() => void refreshSecurity()} />}
      {value === undefined && error === undefined && <Loading what="the status" />}
      {checks.length > 0 && (
        <>
          <ul class="tally" aria-label="Sum">
            {ORDER.map((verdict) => (
              <li key={verdict}>
                <Mark kind={MARKS[verdict]} />
                <strong>{checks.filter((check) => check.verdict === verdict).length}</strong>{" "}
                {verdict}
              </li>
            ))}
          </ul>
          <ul class="checks">
            {sorted.map((check, index) => (
              <CheckRow key={index} check={check} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function CheckRow({ check }: { check: Check }) {
  return (
    <li class={`check check-${check.verdict.toLowerCase()}`}>
      <Mark kind={MARKS[check.verdict]} />
      <span class="check-verdict">{check.verdict}</span>
      <div>
        <h2>{check.title}</h2>
        {check.evidence !== "" && <p class="muted">{check.evidence}</p>}
        {check.remedy !== "" && (
          <p class="remedy">
            <strong>What to do:</strong> {check.remedy}
          </p>
        )}
      </div>
    </li>
  );
}

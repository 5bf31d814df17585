// A bar for something that is between nothing and all.

/** `fraction` 0 to 1; undefined while unknown. The width is set as a property, which the policy allows. */
export function Meter({ fraction, label }: { fraction: number | undefined; label: string }) {
  const shown = fraction === undefined ? undefined : Math.max(0, Math.min(1, fraction));
  return (
    <div
      class={shown === undefined ? "meter is-unknown" : "meter"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={shown === undefined ? undefined : Math.round(shown * 100)}
    >
      <div
        class="meter-bar"
        style={{ width: shown === undefined ? "35%" : `${(shown * 100).toFixed(2)}%` }}
      />
    </div>
  );
}

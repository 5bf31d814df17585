// How much of the model's context this conversation uses, quietly.
import { formatCount, formatPercent } from "../kit/format.ts";
import { useStore } from "../kit/store.ts";
import { app } from "../state/app.ts";
import { modelForChat } from "./actions.ts";

export function ContextGauge({ usedTokens }: { usedTokens: number }) {
  const contextTokens = useStore(app, (value) => {
    const model = modelForChat(value);
    return model === undefined ? 0 : (value.modelStates[model.sha256]?.context_tokens ?? 0);
  });
  if (usedTokens === 0 || contextTokens === 0) return null;
  const fraction = usedTokens / contextTokens;
  const words = `${formatCount(usedTokens)} of ${formatCount(contextTokens)} tokens of context used`;
  return (
    <div class={fraction > 0.85 ? "gauge is-nearly-full" : "gauge"} title={words}>
      <span
        class="gauge-track"
        role="meter"
        aria-label={words}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(fraction * 100))}
      >
        <span class="gauge-bar" style={{ width: `${Math.min(100, fraction * 100).toFixed(1)}%` }} />
      </span>
      <span class="gauge-words" aria-hidden="true">
        {formatPercent(fraction)}
      </span>
    </div>
  );
}

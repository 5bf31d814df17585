// What is known about one answer: speed at a glance, the rest on request.
import { formatMilliseconds } from "../kit/format.ts";
import type { Turn } from "./conversation.ts";

export function receiptLines(turn: Turn): [string, string][] {
  const lines: [string, string][] = [];
  if (turn.model !== undefined) {
    lines.push(["Model", turn.model.name], ["SHA-256", turn.model.sha256]);
  }
  const facts = turn.facts;
  if (facts !== undefined) {
    lines.push(
      ["Ended", facts.finishReason ?? "not reported"],
      ["Prompt", `${facts.promptTokens} tokens, ${facts.cachedTokens} of them from the cache`],
      ["Answer", `${facts.completionTokens} tokens`],
      ["Waited", formatMilliseconds(facts.queueMs)],
      ["Reading the prompt", formatMilliseconds(facts.promptMs)],
      ["Writing", formatMilliseconds(facts.decodeMs)],
    );
  }
  const asked = turn.asked;
  if (asked !== undefined) {
    lines.push(
      [
        "Temperature",
        asked.temperature === undefined ? "the model's own" : String(asked.temperature),
      ],
      [
        "Longest answer",
        asked.maxTokens === undefined ? "no limit set" : `${asked.maxTokens} tokens`,
      ],
      ["System prompt", asked.hasSystemPrompt ? "yes" : "none"],
    );
  }
  return lines;
}

export function Receipt({ turn }: { turn: Turn }) {
  const speed = turn.facts?.tokensPerSecond ?? 0;
  const summary = speed > 0 ? `${speed.toFixed(1)} tokens/s` : "Details";
  return (
    <details class="receipt">
      <summary>{summary}</summary>
      <dl>
        {receiptLines(turn).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

// The drawer with how answers are asked for. Kept in memory like the conversations.
import { Dialog } from "../kit/dialog.tsx";
import { useStore } from "../kit/store.ts";
import { closeOverlay } from "../shell/overlay.ts";
import { app, type Settings } from "../state/app.ts";

const HIGHEST_TEMPERATURE = 2;
const MOST_TOKENS = 131_072;

function change(part: Partial<Settings>): void {
  app.update((value) => ({ ...value, settings: { ...value.settings, ...part } }));
}

/** A number within its range, or undefined for "the model's own". */
export function readNumber(text: string, least: number, most: number): number | undefined {
  if (text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? Math.max(least, Math.min(most, value)) : undefined;
}

export function ChatSettings() {
  const settings = useStore(app, (value) => value.settings);
  return (
    <Dialog title="Chat settings" kind="drawer" onClose={closeOverlay}>
      <div class="dialog-body">
        <label class="field">
          <span>System prompt</span>
          <textarea
            rows={6}
            value={settings.systemPrompt}
            placeholder="How the model should behave, for every chat"
            onInput={(event) => change({ systemPrompt: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>Temperature</span>
          <input
            type="number"
            min={0}
            max={HIGHEST_TEMPERATURE}
            step={0.1}
            placeholder="the model's own"
            value={settings.temperature ?? ""}
            onChange={(event) =>
              change({ temperature: readNumber(event.currentTarget.value, 0, HIGHEST_TEMPERATURE) })
            }
          />
          <small>0 answers the same each time; higher varies more. At most 2.</small>
        </label>
        <label class="field">
          <span>Longest answer, in tokens</span>
          <input
            type="number"
            min={1}
            max={MOST_TOKENS}
            step={1}
            placeholder="no limit set"
            value={settings.maxTokens ?? ""}
            onChange={(event) => {
              const tokens = readNumber(event.currentTarget.value, 1, MOST_TOKENS);
              change({ maxTokens: tokens === undefined ? undefined : Math.round(tokens) });
            }}
          />
          <small>A token is about four letters of English.</small>
        </label>
        <fieldset class="field">
          <legend>Screen readers hear an answer</legend>
          {(
            [
              ["sentence", "sentence by sentence"],
              ["end", "when it is complete"],
              ["off", "not by themselves"],
            ] as const
          ).map(([value, words]) => (
            <label class="choice" key={value}>
              <input
                type="radio"
                name="announce"
                checked={settings.announce === value}
                onChange={() => change({ announce: value })}
              />
              {words}
            </label>
          ))}
        </fieldset>
        <p class="muted">These settings are in memory only, like the conversations.</p>
      </div>
    </Dialog>
  );
}

// Which model answers, with what it is doing now.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, Mark, type MarkKind } from "../kit/icon.tsx";
import { formatBytes } from "../kit/format.ts";
import { useStore } from "../kit/store.ts";
import { runnableModels, stateInWords } from "../models/selection.ts";
import { app, patch, type App } from "../state/app.ts";
import { goTo } from "../state/navigation.ts";
import { modelForChat } from "./actions.ts";

function markOf(state: string | undefined): MarkKind {
  if (state === "loaded") return "good";
  if (state === "loading") return "busy";
  return state === "failed" ? "bad" : "info";
}

export function ModelSwitcher() {
  const entries = useStore(app, (value) => value.entries);
  const states = useStore(app, (value) => value.modelStates);
  const sha256 = useStore(app, (value: App) => modelForChat(value)?.sha256);
  const [isOpen, setIsOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const models = runnableModels(entries);
  const current = models.find((model) => model.sha256 === sha256);

  useEffect(() => {
    if (!isOpen) return;
    root.current
      ?.querySelector<HTMLElement>("[role=option][aria-selected=true], [role=option]")
      ?.focus();
    const onPointer = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || root.current?.contains(event.target) !== true) {
        setIsOpen(false);
      }
    };
    addEventListener("pointerdown", onPointer, true);
    return () => removeEventListener("pointerdown", onPointer, true);
  }, [isOpen]);

  if (current === undefined) {
    return (
      <button type="button" class="switcher" onClick={() => goTo("models")}>
        No model yet
      </button>
    );
  }
  const state = states[current.sha256];
  const close = () => {
    setIsOpen(false);
    root.current?.querySelector<HTMLElement>(".switcher")?.focus();
  };
  return (
    <div class="switcher-root" ref={root}>
      <button
        type="button"
        class="switcher"
        aria-haspopup="listbox"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <Mark kind={markOf(state?.state)} />
        <span class="hidden-text">Model: </span>
        <span class="switcher-name">{current.name}</span>
        <span class="switcher-state">{stateInWords(current, state)}</span>
        <Icon name="down" />
      </button>
      {isOpen && (
        <div
          class="switcher-list"
          role="listbox"
          aria-label="Admitted models"
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              event.preventDefault();
              event.stopPropagation();
              close();
            }
            if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              const options = [
                ...event.currentTarget.querySelectorAll<HTMLElement>("[role=option]"),
              ];
              const at = options.findIndex((option) => option === document.activeElement);
              const step = event.key === "ArrowDown" ? 1 : -1;
              options[(at + step + options.length) % options.length]?.focus();
            }
          }}
        >
          {models.map((model) => (
            <button
              key={model.sha256}
              type="button"
              role="option"
              aria-selected={model.sha256 === sha256}
              class="switcher-option"
              onClick={() => {
                patch({ chosenModel: model.sha256 });
                close();
              }}
            >
              <Mark kind={markOf(states[model.sha256]?.state)} />
              <span class="switcher-text">
                <span class="switcher-name">{model.name}</span>
                <span class="switcher-detail">
                  {stateInWords(model, states[model.sha256])} · {formatBytes(model.size)}
                  {model.quantization === undefined ? "" : ` · ${model.quantization}`}
                </span>
              </span>
              {model.sha256 === sha256 && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

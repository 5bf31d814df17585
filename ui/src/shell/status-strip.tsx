// The status strip: the one place that says how safe things are. It lies outside the content area, which
// is clipped, so nothing a model writes can be drawn in it or over it.
import { useEffect, useRef, useState } from "preact/hooks";
import { modelForChat } from "../chat/actions.ts";
import { Icon, Mark } from "../kit/icon.tsx";
import { useStore } from "../kit/store.ts";
import { app } from "../state/app.ts";
import { goTo } from "../state/navigation.ts";
import { stripItems, type StripItem } from "./status.ts";

export function StatusStrip() {
  const value = useStore(app, (all) => all);
  const [openId, setOpenId] = useState<StripItem["id"]>();
  const root = useRef<HTMLDivElement>(null);
  const model = modelForChat(value);
  const items = stripItems({
    status: value.connection.state === "lost" ? undefined : value.security.value,
    isConnected: value.connection.state !== "lost" && value.modelsStatus.isReady,
    model,
    modelState: model === undefined ? undefined : value.modelStates[model.sha256],
    isAnyLoaded: Object.values(value.modelStates).some((state) => state.state === "loaded"),
  });
  const open = items.find((item) => item.id === openId);

  useEffect(() => {
    if (openId === undefined) return;
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && root.current?.contains(event.target) === true) return;
      setOpenId(undefined);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpenId(undefined);
      root.current?.querySelector<HTMLElement>(`[data-item="${openId}"]`)?.focus();
    };
    addEventListener("pointerdown", onPointer, true);
    addEventListener("keydown", onKey, true);
    return () => {
      removeEventListener("pointerdown", onPointer, true);
      removeEventListener("keydown", onKey, true);
    };
  }, [openId]);

  return (
    <div class="strip" ref={root} role="region" aria-label="Security status">
      <div class="strip-items">
        {items.map((item) => (
          <button
            type="button"
            key={item.id}
            class={`strip-item strip-${item.kind}`}
            data-item={item.id}
            aria-expanded={item.id === openId}
            aria-controls="strip-panel"
            onClick={() => setOpenId(item.id === openId ? undefined : item.id)}
          >
            <Mark kind={item.kind} />
            <span class="strip-text">
              <span class="strip-label">{item.label}</span>{" "}
              <span class="strip-value">{item.value}</span>
            </span>
          </button>
        ))}
      </div>
      <div id="strip-panel" class="strip-panel" hidden={open === undefined}>
        {open !== undefined && (
          <>
            <div class="strip-head">
              <Mark kind={open.kind} />
              <h2>
                {open.label}: {open.value}
              </h2>
              <button
                type="button"
                class="icon-button"
                aria-label="Close"
                onClick={() => setOpenId(undefined)}
              >
                <Icon name="close" />
              </button>
            </div>
            <ul>
              {open.evidence.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
            {open.remedy !== "" && (
              <p class="remedy">
                <strong>What to do:</strong> {open.remedy}
              </p>
            )}
            <button
              type="button"
              onClick={() => {
                setOpenId(undefined);
                goTo(open.id === "model" ? "models" : "security");
              }}
            >
              {open.id === "model" ? "Open Models" : "Open Security"} <Icon name="forward" />
            </button>
          </>
        )}
      </div>
    </div>
  );
}

// A button that opens a short list of actions.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export interface MenuItem {
  name: string;
  icon: IconName;
  act: () => void;
  isDangerous?: boolean;
}

const GAP_PX = 4;

export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const close = (withFocus: boolean) => {
    setIsOpen(false);
    if (withFocus) button.current?.focus();
  };
  useEffect(() => {
    const box = list.current;
    const anchor = button.current?.getBoundingClientRect();
    if (!isOpen || box === null || anchor === undefined) return;
    // In the top layer, so that no scrolling parent cuts it off.
    box.showPopover();
    const size = box.getBoundingClientRect();
    const left = Math.max(
      GAP_PX,
      Math.min(anchor.right - size.width, innerWidth - size.width - GAP_PX),
    );
    const below = anchor.bottom + GAP_PX;
    const top = below + size.height > innerHeight ? anchor.top - size.height - GAP_PX : below;
    box.style.left = `${left}px`;
    box.style.top = `${Math.max(GAP_PX, top)}px`;
    box.querySelector<HTMLElement>("button")?.focus();
  }, [isOpen]);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-button more"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <span class="dots" aria-hidden="true">
          ⋯
        </span>
      </button>
      {isOpen && (
        <div
          ref={list}
          class="menu"
          role="menu"
          aria-label={label}
          popover="auto"
          onToggle={(event) => {
            if (event.newState === "closed") close(false);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" || event.key === "Tab") {
              event.preventDefault();
              event.stopPropagation();
              close(true);
            }
            if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              moveFocus(event.currentTarget, event.key === "ArrowDown" ? 1 : -1);
            }
          }}
        >
          {items.map((item) => (
            <button
              key={item.name}
              type="button"
              role="menuitem"
              class={item.isDangerous === true ? "is-dangerous" : undefined}
              onClick={() => {
                close(true);
                item.act();
              }}
            >
              <Icon name={item.icon} /> {item.name}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

function moveFocus(list: HTMLElement, step: number): void {
  const buttons = [...list.querySelectorAll<HTMLElement>("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}

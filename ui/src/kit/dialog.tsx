// Dialogs of the page itself: native modal dialogs, so that focus stays inside and Esc closes them.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

export function Dialog(properties: {
  title: string;
  kind?: "sheet" | "drawer" | "palette";
  onClose: () => void;
  children: ComponentChildren;
}) {
  const { title, kind = "sheet", onClose, children } = properties;
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog dialog-${kind}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog element itself; its content lies in the box within.
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-box">
        {kind !== "palette" && (
          <header class="dialog-head">
            <h2>{title}</h2>
            <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}

export function Confirm(properties: {
  title: string;
  children: ComponentChildren;
  action: string;
  isDangerous?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const { title, children, action, isDangerous = false, onConfirm, onClose } = properties;
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-body">{children}</div>
      <footer class="dialog-foot">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class={isDangerous ? "danger" : "primary"}
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {action}
        </button>
      </footer>
    </Dialog>
  );
}

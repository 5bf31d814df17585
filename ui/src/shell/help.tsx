// Ctrl+/: what the keys do.
import { Dialog } from "../kit/dialog.tsx";
import { closeOverlay } from "./overlay.ts";
import { SHORTCUTS } from "./shortcuts.ts";

export function Help() {
  return (
    <Dialog title="Keyboard" onClose={closeOverlay}>
      <div class="dialog-body">
        <dl class="keys">
          {SHORTCUTS.map((shortcut) => (
            <div key={shortcut.command}>
              <dt>{shortcut.words}</dt>
              <dd>
                {shortcut.keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <p class="muted">In the message box, Enter sends and Shift Enter begins a new line.</p>
      </div>
    </Dialog>
  );
}

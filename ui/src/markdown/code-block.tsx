// A block of code: its language, a copy button, and colours once it is complete.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copyText } from "../kit/clipboard.ts";
import { Icon } from "../kit/icon.tsx";
import { highlight, languageName, type Piece } from "./highlight.ts";

export function CodeBlock({
  code,
  language,
  isOpen,
}: {
  code: string;
  language: string;
  isOpen: boolean;
}) {
  const name = languageName(language);
  const [coloured, setColoured] = useState<{ code: string; pieces: Piece[] }>();
  useEffect(() => {
    if (isOpen) return;
    let isCurrent = true;
    void highlight(code, name).then((pieces) => {
      if (isCurrent && pieces !== undefined) setColoured({ code, pieces });
    });
    return () => {
      isCurrent = false;
    };
  }, [code, name, isOpen]);
  const label = name === "" ? "code" : name;
  return (
    <figure class="code-block" data-code={isOpen ? undefined : "complete"}>
      <figcaption>
        <span>{label}</span>
        <button type="button" class="quiet small" onClick={() => void copyText(code, "Code")}>
          <Icon name="copy" /> Copy
        </button>
      </figcaption>
      <pre tabIndex={0} aria-label={`Code, ${label}`} role="region">
        <code>{coloured?.code === code ? drawPieces(coloured.pieces) : code}</code>
      </pre>
    </figure>
  );
}

function drawPieces(pieces: readonly Piece[]): ComponentChildren {
  return pieces.map((piece) =>
    typeof piece === "string" ? (
      piece
    ) : (
      <span class={piece.className}>{drawPieces(piece.pieces)}</span>
    ),
  );
}

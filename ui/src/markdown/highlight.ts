// Colours for code: a tree of pieces from lowlight, loaded on first use.

/** A piece of highlighted code: text, or pieces under one class. */
export type Piece = string | { className: string; pieces: Piece[] };

/** Longer code is shown plain: colouring it would take longer than a frame. */
const MAX_CHARACTERS = 30_000;

interface TreeNode {
  type: string;
  value?: string;
  children?: TreeNode[];
  properties?: { className?: unknown };
}

function toPiece(node: TreeNode): Piece {
  if (node.type === "text") return node.value ?? "";
  const names = node.properties?.className;
  const className = Array.isArray(names)
    ? names.filter((name) => typeof name === "string").join(" ")
    : "";
  return { className, pieces: (node.children ?? []).map(toPiece) };
}

/** The first word of a fence's info line, as a language name. */
export function languageName(info: string): string {
  return (/^[\w+#.-]+/.exec(info.trim())?.[0] ?? "").toLowerCase();
}

/** Coloured pieces, or undefined where the language is unknown or the code is too long. */
export async function highlight(code: string, language: string): Promise<Piece[] | undefined> {
  if (language === "" || code.length > MAX_CHARACTERS) return undefined;
  try {
    const { lowlight } = await import("./languages.ts");
    if (!lowlight.registered(language)) return undefined;
    return lowlight.highlight(language, code).children.map((node) => toPiece(node as TreeNode));
  } catch {
    // Colour is a nicety: without it the code is still there.
    return undefined;
  }
}

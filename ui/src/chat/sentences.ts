// What a screen reader hears of a growing answer: whole sentences, never half a word.

/**
 * The end of the last whole sentence in `text` at or after `from`; `from` when there is none. A sentence
 * ends with . ! ? … or 。 and white space, or with a line break.
 */
export function sentenceEnd(text: string, from: number): number {
  let end = from;
  const pattern = /[.!?…。]["')\]]*(?=\s)|\n/g;
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    end = match.index + match[0].length;
  }
  return end;
}

/** Markdown marks are not read aloud. */
export function spoken(markdown: string): string {
  return markdown
    .replace(/```[^\n]*\n?/g, " code: ")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`#>|~]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

// Markdown as tokens, cheaply while it grows: blocks that cannot change any more are read once.
import { Lexer, type Token } from "marked";

/** Blocks at the end that later text may still change (a list grows, a paragraph becomes a heading). */
const OPEN_BLOCKS = 2;

function lex(source: string): Token[] {
  try {
    return new Lexer({ gfm: true }).lex(source);
  } catch {
    // Nesting beyond what the lexer can hold: shown as it is.
    return [{ type: "text", raw: source, text: source, escaped: false }];
  }
}

export class BlockLexer {
  #settled: Token[] = [];
  #settledText = "";
  #open: Token[] = [];

  /**
   * The blocks of `source`, which usually is the text of the last call and more. A block that did not
   * change is the same object as before. With `isComplete` the whole text is read at once, so that link
   * definitions at its end are known at its start.
   */
  update(source: string, isComplete: boolean): Token[] {
    const text = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
    const before = [...this.#settled, ...this.#open];
    if (isComplete || !text.startsWith(this.#settledText)) {
      this.#settled = [];
      this.#settledText = "";
    }
    const tail = text.slice(this.#settledText.length);
    this.#open = reuse(lex(tail), before, this.#settled.length);
    const blocks = [...this.#settled, ...this.#open];
    if (!isComplete) this.#settle(tail);
    return blocks;
  }

  #settle(tail: string): void {
    const total = this.#open.reduce((sum, token) => sum + token.raw.length, 0);
    if (total !== tail.length) return;
    let solid = 0;
    let end = this.#open.length;
    while (end > 0 && solid < OPEN_BLOCKS) {
      end--;
      if (this.#open[end]?.type !== "space") solid++;
    }
    const done = this.#open.slice(0, end);
    this.#settled.push(...done);
    this.#settledText += done.map((token) => token.raw).join("");
    this.#open = this.#open.slice(end);
  }
}

function reuse(tokens: Token[], before: Token[], offset: number): Token[] {
  return tokens.map((token, index) => {
    const old = before[offset + index];
    return old !== undefined && old.type === token.type && old.raw === token.raw ? old : token;
  });
}

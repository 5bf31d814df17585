// Markdown as tokens, cheaply while it grows: blocks that cannot change any more are read once.
import { Lexer, type Token } from "marked";

/** Blocks at the end that later text may still change (a list grows, a paragraph becomes a heading). */
const OPEN_BLOCKS = 2;

/** A reading that takes longer than this many milliseconds is not repeated at every frame. */
const SLOW_MS = 24;
/** Shorter text is read at every frame: a slow reading of it says more about the machine. */
const SHORT_CHARACTERS = 1000;
/** The longest a reading of the complete text may be expected to take; longer ones are shown as text. */
const HOPELESS_MS = 500;

function lex(source: string): Token[] {
  try {
    return new Lexer({ gfm: true }).lex(source);
  } catch {
    // Nesting beyond what the lexer can hold: shown as it is.
    return [literal(source)];
  }
}

function literal(source: string): Token {
  return { type: "html", raw: source, text: source };
}

export class BlockLexer {
  readonly #nowMs: () => number;
  #settled: Token[] = [];
  #settledText = "";
  #open: Token[] = [];
  /** The last slow reading: of how much text, and how long it took. */
  #slow: { length: number; ms: number } | undefined;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * The blocks of `source`, which usually is the text of the last call and more. A block that did not
   * change is the same object as before. With `isComplete` the whole text is read at once, so that link
   * definitions at its end are known at its start. Text that is slow to read (a model may write thousands
   * of brackets) is shown as it is until there is twice as much of it.
   */
  update(source: string, isComplete: boolean): Token[] {
    const text = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
    const isHopeless = isComplete && this.#expectedMs(text.length) > HOPELESS_MS;
    const before = [...this.#settled, ...this.#open];
    if ((isComplete && !isHopeless) || !text.startsWith(this.#settledText)) {
      this.#settled = [];
      this.#settledText = "";
      if (!isComplete) this.#slow = undefined;
    }
    const tail = text.slice(this.#settledText.length);
    const mayWait = !isComplete && tail.length < 2 * (this.#slow?.length ?? 0);
    if (isHopeless || mayWait) {
      this.#open = tail === "" ? [] : [literal(tail)];
      return [...this.#settled, ...this.#open];
    }
    const startMs = this.#nowMs();
    const tokens = lex(tail);
    const ms = this.#nowMs() - startMs;
    this.#slow =
      ms > SLOW_MS && tail.length > SHORT_CHARACTERS ? { length: tail.length, ms } : undefined;
    this.#open = reuse(tokens, before, this.#settled.length);
    const blocks = [...this.#settled, ...this.#open];
    if (!isComplete) this.#settle(tail);
    return blocks;
  }

  /** The lexer's worst cases grow with the square of the length. */
  #expectedMs(length: number): number {
    return this.#slow === undefined ? 0 : this.#slow.ms * (length / this.#slow.length) ** 2;
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
  // A definition changes what links elsewhere mean, though their text stays the same.
  if (tokens.some((token) => token.type === "def")) return tokens;
  return tokens.map((token, index) => {
    const old = before[offset + index];
    return old !== undefined && old.type === token.type && old.raw === token.raw ? old : token;
  });
}

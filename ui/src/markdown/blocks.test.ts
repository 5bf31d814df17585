import { Lexer, type Token } from "marked";
import { describe, expect, test } from "vitest";
import { seeded } from "../testing/random.ts";
import { BlockLexer } from "./blocks.ts";

const PARTS = [
  "# Heading\n\n",
  "A paragraph with **bold** and `code`.\nSecond line\n\n",
  "- one\n- two\n\n- three\n",
  "1. first\n   more\n2. second\n\n",
  "```js\nlet a = 1;\n\nlet b;\n```\n",
  "| a | b |\n| - | -: |\n| 1 | 2 |\n\n",
  "> quoted\n> more\n\n",
  "Title\n=====\n\n",
  "---\n",
  "\n\n\n",
  "<b>html</b>\n\n",
];

const shape = (tokens: Token[]) => tokens.map((token) => [token.type, token.raw]);

function randomText(seed: number): string {
  const random = seeded(seed);
  return Array.from({ length: 12 }, () => PARTS[random.below(PARTS.length)] ?? "").join("");
}

describe("BlockLexer", () => {
  test("gives, at every length of a growing text, the blocks that the whole lexer gives", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const text = randomText(seed);
      const random = seeded(seed * 7919);
      const growing = new BlockLexer(() => 0);
      for (let length = 1; length < text.length; length += 1 + random.below(9)) {
        const prefix = text.slice(0, length);
        const blocks = growing.update(prefix, false);
        expect(shape(blocks), `seed ${seed}, length ${length}`).toEqual(
          shape(new Lexer({ gfm: true }).lex(prefix)),
        );
      }
    }
  });

  test("keeps the very objects of blocks that did not change", () => {
    const growing = new BlockLexer(() => 0);
    const before = growing.update("One.\n\nTwo.\n\nThree", false);
    const after = growing.update("One.\n\nTwo.\n\nThree and four", false);
    expect(after[0]).toBe(before[0]);
    expect(after[2]).toBe(before[2]);
    expect(after.at(-1)).not.toBe(before.at(-1));
  });

  test("begins anew when the text is another one", () => {
    const growing = new BlockLexer(() => 0);
    growing.update("One.\n\nTwo.\n\nThree.\n\nFour.", false);
    expect(shape(growing.update("Other", false))).toEqual([["paragraph", "Other"]]);
  });

  test("knows link definitions at the end once the text is complete", () => {
    const text = "See [this].\n\nMore.\n\nMore.\n\n[this]: https://a.example/\n";
    const growing = new BlockLexer(() => 0);
    growing.update(text.slice(0, 40), false);
    const first = growing.update(text, true)[0];
    expect(JSON.stringify(first)).toContain("https://a.example/");
  });

  test("shows text that nests beyond all measure as it is", () => {
    const text = `${">".repeat(20_000)} deep`;
    const blocks = new BlockLexer(() => 0).update(text, true);
    expect(blocks.map((token) => token.raw).join("")).toBe(text);
  });

  /** A clock on which every reading takes `ms`; `readings` counts them. */
  function slowClock(ms: number) {
    let calls = 0;
    return { now: () => Math.floor((calls++ + 1) / 2) * ms, readings: () => calls / 2 };
  }

  test("reads text that is slow to read only when there is twice as much of it", () => {
    const clock = slowClock(100);
    const growing = new BlockLexer(clock.now);
    for (let length = 1; length <= 8192; length++) {
      const blocks = growing.update("[".repeat(length), false);
      expect(blocks.map((token) => token.raw).join("")).toBe("[".repeat(length));
    }
    expect(clock.readings()).toBe(1004);
  });

  test("gives up on a complete text that would take far too long", () => {
    const clock = slowClock(100);
    const growing = new BlockLexer(clock.now);
    growing.update("[".repeat(1100), false);
    expect(shape(growing.update("[".repeat(11_000), true))).toEqual([["html", "[".repeat(11_000)]]);
    expect(clock.readings()).toBe(1);
  });
});

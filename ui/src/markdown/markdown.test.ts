import { Lexer } from "marked";
import { expect, test } from "vitest";
import { headingLevels } from "./markdown.tsx";

test("headings begin at 3 and never skip a level downwards", () => {
  const blocks = new Lexer().lex("#### a\n\n# b\n\ntext\n\n###### c\n\n## d\n\n### e\n");
  const levels = headingLevels(blocks).filter((level) => level !== undefined);
  expect(levels).toEqual([3, 3, 4, 3, 4]);
});

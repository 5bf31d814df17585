import { describe, expect, test } from "vitest";
import { addPiece } from "./actions.ts";
import type { Turn } from "./conversation.ts";

const EMPTY: Turn = {
  id: "a",
  parentId: "q",
  role: "assistant",
  text: "",
  reasoning: "",
  toolCalls: [],
  state: "streaming",
  createdAt: "",
};

describe("addPiece", () => {
  test("grows text and reasoning", () => {
    const piece = { text: "b", reasoning: "d", toolCalls: [] };
    expect(addPiece({ ...EMPTY, text: "a", reasoning: "c" }, piece)).toMatchObject({
      text: "ab",
      reasoning: "cd",
    });
  });

  test("puts the arguments of each tool call together by its index", () => {
    const first = addPiece(EMPTY, {
      text: "",
      reasoning: "",
      toolCalls: [
        { index: 1, id: "t1", name: "second", arguments: "{" },
        { index: 0, id: "t0", name: "first", arguments: "[" },
      ],
    });
    const turn = addPiece(first, {
      text: "",
      reasoning: "",
      toolCalls: [{ index: 1, arguments: "}" }],
    });
    expect(turn.toolCalls).toEqual([
      { id: "t0", name: "first", arguments: "[" },
      { id: "t1", name: "second", arguments: "{}" },
    ]);
  });

  test("ignores an index that would make a list of absurd length", () => {
    const toolCalls = [{ index: 1e9, arguments: "x" }];
    expect(addPiece(EMPTY, { text: "", reasoning: "", toolCalls }).toolCalls).toEqual([]);
  });
});

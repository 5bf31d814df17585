import { describe, expect, test } from "vitest";
import { emptyFacts } from "../api/chat-stream.ts";
import {
  ROOT,
  addTurn,
  changeTurn,
  contextInUse,
  createConversation,
  placeOf,
  promptFor,
  searchConversations,
  shownTurns,
  sizeOf,
  stepBranch,
  titleFrom,
  type Conversation,
  type Turn,
} from "./conversation.ts";

function turn(id: string, parentId: string, role: Turn["role"], text: string): Turn {
  return {
    id,
    parentId,
    role,
    text,
    reasoning: "",
    toolCalls: [],
    state: "done",
    createdAt: `2026-01-01T00:00:0${id.length}Z`,
  };
}

function build(...turns: Turn[]): Conversation {
  return turns.reduce(addTurn, createConversation("c", "2026-01-01T00:00:00Z"));
}

const QUESTION = turn("q", ROOT, "user", "First question");
const ANSWER = turn("a", "q", "assistant", "First answer");

describe("branches", () => {
  test("an edit becomes a branch beside the first version, and is shown", () => {
    const edited = turn("q2", ROOT, "user", "Better question");
    const conversation = build(QUESTION, ANSWER, edited);
    expect(shownTurns(conversation).map((one) => one.id)).toEqual(["q2"]);
    expect(placeOf(conversation, edited)).toEqual({ index: 1, count: 2 });
  });

  test("stepping back shows the first version with its answer", () => {
    const edited = turn("q2", ROOT, "user", "Better question");
    const conversation = stepBranch(build(QUESTION, ANSWER, edited), edited, -1);
    expect(shownTurns(conversation).map((one) => one.id)).toEqual(["q", "a"]);
  });

  test("stepping beyond the last branch changes nothing", () => {
    const conversation = build(QUESTION, ANSWER);
    expect(stepBranch(conversation, QUESTION, 1)).toBe(conversation);
  });

  test("changing a turn that is gone changes nothing", () => {
    const conversation = build(QUESTION);
    expect(changeTurn(conversation, "gone", () => ANSWER)).toBe(conversation);
  });
});

describe("titleFrom", () => {
  test("takes the first message, once", () => {
    expect(build(QUESTION, turn("q2", ROOT, "user", "Another")).title).toBe("First question");
  });

  test("cuts a long message at a word", () => {
    const title = titleFrom("word ".repeat(40));
    expect(title).toBe(`${"word ".repeat(11)}word…`);
  });

  test("never ends in half a character", () => {
    expect(titleFrom("🙂".repeat(60))).toMatch(/^(🙂)+…$/u);
  });

  test("calls a message of white space a new chat", () => {
    expect(titleFrom(" \n ")).toBe("New chat");
  });
});

describe("promptFor", () => {
  test("gives the system prompt and the branch, leaving empty answers out", () => {
    const conversation = build(
      QUESTION,
      turn("a", "q", "assistant", ""),
      turn("q2", "a", "user", "Again"),
    );
    expect(promptFor(conversation, "q2", "Be brief")).toEqual([
      { role: "system", content: "Be brief" },
      { role: "user", content: "First question" },
      { role: "user", content: "Again" },
    ]);
  });

  test("leaves other branches out", () => {
    const conversation = build(QUESTION, ANSWER, turn("q2", ROOT, "user", "Better question"));
    expect(promptFor(conversation, "q2", " ")).toEqual([
      { role: "user", content: "Better question" },
    ]);
  });

  test("asks to go on when an answer is continued", () => {
    const messages = promptFor(build(QUESTION, ANSWER), "a", "", true);
    expect(messages.map((message) => message.role)).toEqual(["user", "assistant", "user"]);
  });
});

test("contextInUse is that of the newest answer which reported it", () => {
  const facts = { ...emptyFacts(), promptTokens: 10, completionTokens: 5 };
  const turns = [QUESTION, { ...ANSWER, facts }, turn("q2", "a", "user", "x")];
  expect(contextInUse(turns)).toBe(15);
  expect(contextInUse([QUESTION])).toBe(0);
});

describe("searchConversations", () => {
  const old = { ...build(QUESTION, ANSWER), id: "old", updatedAt: "2026-01-01" };
  const young = {
    ...build(turn("q", ROOT, "user", "Weather"), turn("a", "q", "assistant", "It rains in Bergen")),
    id: "young",
    updatedAt: "2026-02-01",
  };

  test("finds words in contents, in any case, with an excerpt", () => {
    expect(searchConversations([old, young], "bergen")).toEqual([
      { conversationId: "young", title: "Weather", excerpt: "It rains in Bergen" },
    ]);
  });

  test("finds titles, and gives all, newest first, for an empty question", () => {
    expect(searchConversations([old, young], "").map((hit) => hit.conversationId)).toEqual([
      "young",
      "old",
    ]);
  });

  test("finds text in a branch that is not shown", () => {
    const branched = { ...build(QUESTION, ANSWER, turn("q2", ROOT, "user", "Other")), id: "b" };
    expect(searchConversations([branched], "first answer")).toHaveLength(1);
  });
});

test("sizeOf counts all branches", () => {
  const conversation = build(QUESTION, ANSWER, turn("q2", ROOT, "user", "One more"));
  expect(sizeOf(conversation)).toEqual({ messages: 3, words: 6 });
});

import { expect, test } from "vitest";
import { ROOT, addTurn, createConversation, type Turn } from "./conversation.ts";
import { fileNameFor, toJson, toMarkdown } from "./export.ts";

const turn: Turn = {
  id: "q",
  parentId: ROOT,
  role: "user",
  text: "Hi",
  reasoning: "",
  toolCalls: [],
  state: "done",
  createdAt: "2026-01-01T00:00:00Z",
};
const conversation = addTurn({ ...createConversation("c", "2026-01-01"), draft: "secret" }, turn);

test("JSON names its format and keeps every turn, but no draft", () => {
  const value: unknown = JSON.parse(toJson(conversation));
  expect(value).toMatchObject({ format: "secai-conversation", version: 1, turns: { q: turn } });
  expect(value).not.toHaveProperty("draft");
});

test("Markdown names who spoke", () => {
  const answer: Turn = { ...turn, id: "a", parentId: "q", role: "assistant", text: "" };
  const full = addTurn(conversation, { ...answer, model: { name: "smol", sha256: "" } });
  expect(toMarkdown(full)).toBe("# Hi\n\n## You\n\nHi\n\n## smol\n\n*(no text)*\n");
});

test.each([
  ["Café: what?! ../..", "cafe-what.md"],
  ["漢字", "conversation.md"],
])("the file for %j is %s", (title, name) => {
  expect(fileNameFor(title, "md")).toBe(name);
});

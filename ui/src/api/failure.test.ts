import { describe, expect, test } from "vitest";
import { failureFromAnswer } from "./failure.ts";

describe("failureFromAnswer", () => {
  test("reads our own error shape", () => {
    expect(failureFromAnswer(507, '{"error":"not enough free space"}', null)).toEqual({
      kind: "server",
      message: "not enough free space",
      status: 507,
    });
  });

  test("reads OpenAI's error shape and the pause that is asked for", () => {
    const body = '{"error":{"message":"queue is full","type":"unavailable_error","code":null}}';
    expect(failureFromAnswer(503, body, "2")).toEqual({
      kind: "busy",
      message: "queue is full",
      status: 503,
      code: "unavailable_error",
      retryAfterSeconds: 2,
    });
  });

  test("tells a part that is not built from one that is busy", () => {
    const body = '{"error":"the vault is not built yet","code":"not_available"}';
    expect(failureFromAnswer(503, body, null).kind).toBe("unavailable");
  });

  test.each([
    [401, "denied"],
    [403, "denied"],
    [404, "missing"],
    [409, "conflict"],
    [413, "refused"],
    [423, "locked"],
    [429, "busy"],
    [500, "server"],
  ] as const)("gives status %i the kind %s", (status, kind) => {
    expect(failureFromAnswer(status, "", null).kind).toBe(kind);
  });

  test("says so when the body explains nothing", () => {
    expect(failureFromAnswer(500, "<html>", "soon").message).toBe(
      "The gateway answered 500 without saying why.",
    );
  });
});

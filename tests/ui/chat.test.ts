// The chat as a person uses it: stream, stop, again, continue, edit, branches, drafts, search, keys.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { closeBrowser } from "./support/browser.ts";
import { answers, ask, gate, messageBox, say, scene } from "./support/scene.ts";

after(closeBrowser);

test("a streamed answer shows before it is complete, and stop keeps what came", () =>
  scene({}, async ({ gateway, page }) => {
    let isClosed = () => false;
    gateway.chat = (stream) => {
      stream.text("The first words");
      isClosed = () => stream.isClosed;
    };
    await say(page, "Tell me a long story");
    await page.locator(".markdown", { hasText: "The first words" }).waitFor();
    const stop = page.getByRole("button", { name: "Stop" });
    const [place] = [await stop.boundingBox()];
    await stop.click();
    await page.getByText("Stopped by you.").waitFor();
    const send = await page.getByRole("button", { name: "Send" }).boundingBox();
    assert.deepEqual(place, send, "stop sits where send was");
    assert.deepEqual(await answers(page), ["The first words"]);
    assert.equal(isClosed(), true, "the gateway sees that the page hung up");
  }));

test("Esc stops an answer", () =>
  scene({}, async ({ gateway, page }) => {
    gateway.chat = (stream) => stream.text("Going on and on");
    await say(page, "Go");
    await page.getByText("Going on and on").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Stopped by you.").waitFor();
  }));

test("answering again adds a branch, and arrows walk between them", () =>
  scene({}, async ({ gateway, page }) => {
    let count = 0;
    gateway.chat = (stream) => {
      stream.text(`Answer number ${++count}`);
      stream.finish();
    };
    await ask(page, "Question");
    await page.getByRole("button", { name: "Answer again" }).click();
    await page.getByText("2 / 2").waitFor();
    assert.deepEqual(await answers(page), ["Answer number 2"]);
    await page.getByRole("button", { name: "Earlier version" }).click();
    await page.getByText("1 / 2").waitFor();
    assert.deepEqual(await answers(page), ["Answer number 1"]);
  }));

test("editing a message keeps the first version as a branch with its answer", () =>
  scene({}, async ({ gateway, page }) => {
    gateway.chat = (stream, request) => {
      const messages = request["messages"] as { content: string }[];
      stream.text(`You said ${messages.at(-1)?.content}`);
      stream.finish();
    };
    await ask(page, "apples");
    await page.locator(".bubble").hover();
    await page.getByRole("button", { name: "Edit message" }).click();
    await page.getByLabel("Edit your message").fill("pears");
    await page.locator(".editor").getByRole("button", { name: "Send" }).click();
    await page.locator(".markdown", { hasText: "You said pears" }).waitFor();
    await page.getByRole("button", { name: "Earlier version" }).click();
    await page.locator(".markdown", { hasText: "You said apples" }).waitFor();
  }));

test("an answer cut at its limit can go on in place", () =>
  scene({}, async ({ gateway, page }) => {
    gateway.chat = (stream) => {
      const isFirst = gateway.chatRequests.length === 1;
      stream.text(isFirst ? "One, two," : " three.");
      stream.finish(isFirst ? "length" : "stop");
    };
    await ask(page, "Count");
    await page.getByText("Cut at the limit of tokens for one answer.").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator(".markdown", { hasText: "One, two, three." }).waitFor();
    assert.equal((await answers(page)).length, 1);
  }));

test("an answer that breaks off keeps its text, says why, and can be tried again", () =>
  scene({}, async ({ gateway, test, page }) => {
    test.expectConsole(/ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/);
    gateway.chat = async (stream) => {
      stream.text(gateway.chatRequests.length === 1 ? "Half an ans" : "A whole answer");
      if (gateway.chatRequests.length > 1) return stream.finish();
      await page.locator(".markdown", { hasText: "Half an ans" }).waitFor();
      stream.cut();
    };
    await say(page, "Go");
    await page
      .locator(".failed", { hasText: "The connection broke while the answer was coming." })
      .waitFor();
    assert.deepEqual(await answers(page), ["Half an ans"]);
    await test.assertAccessible("broken answer");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".markdown", { hasText: "A whole answer" }).waitFor();
  }));

for (const [status, body, heading, words] of [
  [
    503,
    { error: { message: "queue is full", type: "unavailable_error", code: null } },
    "Busy",
    "Try again in 7 s.",
  ],
  [
    423,
    {
      error: {
        message: "the vault is locked",
        type: "invalid_request_error",
        code: "vault_locked",
      },
    },
    "The vault is locked",
    "Unlock the vault to go on.",
  ],
  [
    400,
    {
      error: {
        message: "prompt of 9000 tokens is over the context of 4096",
        type: "exceed_context_size_error",
      },
    },
    "Refused",
    "prompt of 9000 tokens is over the context of 4096",
  ],
  [500, "<html>no JSON here</html>", "Something failed inside", "without saying why"],
] as const) {
  test(`a refusal with status ${status} is shown in the chat with what to do`, () =>
    scene({}, async ({ gateway, test, page }) => {
      test.expectConsole(new RegExp(`status of ${status}`));
      gateway.answers.set("POST /v1/chat/completions", {
        status,
        body,
        headers: { "Retry-After": "7" },
      });
      await ask(page, "Hello");
      const alert = page.getByRole("alert");
      assert.equal(await alert.locator(".failed-title").innerText(), heading);
      assert.ok((await alert.innerText()).includes(words), await alert.innerText());
    }));
}

test("bytes split in the middle of a character arrive whole", () =>
  scene({}, async ({ gateway, page }) => {
    gateway.chat = async (stream) => {
      const bytes = Buffer.from(
        `data: ${JSON.stringify({ choices: [{ delta: { content: "Grüße 漢字 🙂 Ende" } }] })}\r\n\r\n`,
      );
      for (const byte of bytes) {
        stream.raw(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      stream.finish();
    };
    await ask(page, "Hi");
    assert.deepEqual(await answers(page), ["Grüße 漢字 🙂 Ende"]);
  }));

test("thousands of pieces change the page at most once per frame", () =>
  scene({}, async ({ gateway, page }) => {
    const go = gate();
    gateway.chat = async (stream) => {
      stream.text("Start. ");
      await go.opened;
      for (let piece = 0; piece < 3000; piece++) {
        stream.text(`word${piece} `);
        if (piece % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      stream.finish();
    };
    await say(page, "Go");
    await page.locator(".markdown", { hasText: "Start." }).waitFor();
    await page.evaluate(() => {
      const changesInFrame = [0];
      Object.assign(window, { changesInFrame });
      const frame = () => {
        changesInFrame.push(0);
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      const box = document.querySelector(".turn-answer .markdown");
      if (box === null) throw new Error("no answer on screen");
      const count = () => changesInFrame.push((changesInFrame.pop() ?? 0) + 1);
      new MutationObserver(count).observe(box, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    go.open();
    await page.locator(".markdown", { hasText: "word2999" }).waitFor();
    const changes = await page.evaluate(
      () => (window as unknown as { changesInFrame: number[] }).changesInFrame,
    );
    const busiest = changes.filter((count) => count > 1);
    assert.ok(changes.some((count) => count === 1));
    // The end of a stream is shown at once, without waiting for the next frame: one frame may have two.
    assert.ok(busiest.length <= 1 && (busiest[0] ?? 0) <= 2, JSON.stringify(changes));
  }));

test("reading is never disturbed: the page stays where it was, and a button leads to the newest", () =>
  scene({}, async ({ gateway, page }) => {
    const more = gate();
    gateway.chat = async (stream) => {
      stream.text(Array.from({ length: 80 }, (_, line) => `Line ${line}\n\n`).join(""));
      await more.opened;
      stream.text(Array.from({ length: 80 }, (_, line) => `Later ${line}\n\n`).join(""));
      stream.finish();
    };
    await say(page, "Go");
    await page.getByText("Line 79", { exact: true }).waitFor();
    const box = page.locator(".chat-scroll");
    await page.waitForFunction(() => {
      const element = document.querySelector(".chat-scroll");
      return element !== null && element.scrollTop > 200;
    });
    await box.hover();
    await page.mouse.wheel(0, -100_000);
    await page.waitForFunction(() => document.querySelector(".chat-scroll")?.scrollTop === 0);
    more.open();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    assert.equal(await box.evaluate((element) => element.scrollTop), 0);
    await page.getByRole("button", { name: "Jump to newest" }).click();
    await page.waitForFunction(() => {
      const element = document.querySelector(".chat-scroll");
      return (
        element !== null && element.scrollHeight - element.clientHeight - element.scrollTop < 48
      );
    });
    await page.getByRole("button", { name: "Jump to newest" }).waitFor({ state: "detached" });
  }));

test("typing in a long chat does not draw the chat again", () =>
  scene({}, async ({ gateway, page }) => {
    gateway.chat = (stream) => {
      stream.text("Fine.");
      stream.finish();
    };
    for (let turn = 0; turn < 12; turn++) await ask(page, `Message ${turn}`);
    await page.evaluate(() => {
      const counts = { changes: 0 };
      Object.assign(window, { counts });
      const turns = document.querySelector(".turns");
      if (turns === null) throw new Error("no turns on screen");
      new MutationObserver(() => counts.changes++).observe(turns, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
    });
    await messageBox(page).pressSequentially("a new thought");
    const changes = await page.evaluate(
      () => (window as unknown as { counts: { changes: number } }).counts.changes,
    );
    assert.equal(changes, 0);
  }));

test("drafts are kept while switching between chats", () =>
  scene({}, async ({ page }) => {
    await ask(page, "First chat");
    await messageBox(page).fill("half a thought");
    await page.getByRole("button", { name: "New chat" }).click();
    assert.equal(await messageBox(page).inputValue(), "");
    await messageBox(page).fill("another half");
    await page.locator(".conversation-open").click();
    assert.equal(await messageBox(page).inputValue(), "half a thought");
    await page.getByRole("button", { name: "New chat" }).click();
    assert.equal(await messageBox(page).inputValue(), "another half");
  }));

test("a conversation can be renamed, found by its contents, exported and deleted", () =>
  scene({}, async ({ gateway, test, page }) => {
    gateway.chat = (stream) => {
      stream.text("The capital of Norway is Oslo.");
      stream.finish();
    };
    await ask(page, "A question about geography");
    await page.getByRole("button", { name: "More for A question" }).click();
    await test.assertAccessible("conversation menu");
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByLabel("Title").fill("Geography");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.locator(".conversation-open", { hasText: "Geography" }).waitFor();

    await page.getByRole("button", { name: "New chat" }).click();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search chats" }).fill("oslo");
    assert.match(
      await page.getByRole("dialog").getByRole("option").first().innerText(),
      /Geography\s+The capital/,
    );
    await page.keyboard.press("Enter");
    await page.locator(".markdown", { hasText: "The capital of Norway is Oslo." }).waitFor();

    for (const [item, pattern] of [
      ["Export as Markdown", /^# Geography\n\n## You\n\nA question about geography\n\n## Smol/],
      ["Export as JSON", /"format": "secai-conversation"/],
    ] as const) {
      await page.getByRole("button", { name: "More for Geography" }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: item }).click(),
      ]);
      assert.match(download.suggestedFilename(), /^geography\.(md|json)$/);
      assert.match(await readFile(await download.path(), "utf8"), pattern);
    }

    await page.getByRole("button", { name: "More for Geography" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("has 2 messages with 10 words").waitFor();
    await test.assertAccessible("delete dialog");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.locator(".conversation-open").waitFor({ state: "detached" });
  }));

test("the keys do what the help sheet says", () =>
  scene({}, async ({ gateway, page }) => {
    gateway.chat = (stream) => {
      stream.text("Look:\n\n```js\nlet a = 1;\n```\n");
      stream.finish();
    };
    await ask(page, "Code please");
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.keyboard.press("Control+Shift+C");
    await page.getByText("Answer copied.").waitFor();
    assert.equal(await clipboard(), "Look:\n\n```js\nlet a = 1;\n```\n");
    await page.keyboard.press("Control+Shift+Semicolon");
    await page.getByText("Code copied.").waitFor();
    assert.equal(await clipboard(), "let a = 1;");
    await page.keyboard.press("Control+b");
    await page.locator(".sidebar").waitFor({ state: "detached" });
    await page.keyboard.press("Control+b");
    await page.locator(".sidebar").waitFor();
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator(".place", { hasText: "Audit" }).click();
    await page.keyboard.press("Shift+Escape");
    await page.waitForFunction(() => document.activeElement?.id === "message");
    await page.keyboard.press("Control+Shift+O");
    await page.getByRole("heading", { name: "What is on your mind?" }).waitFor();
  }));

test("settings are sent with the next message", () =>
  scene({}, async ({ gateway, page }) => {
    await page.getByRole("button", { name: "Chat settings" }).click();
    await page.getByLabel("System prompt").fill("Be brief.");
    await page.getByLabel("Temperature").fill("0.3");
    await page.getByLabel("Longest answer, in tokens").fill("64");
    await page.getByRole("button", { name: "Close" }).click();
    await ask(page, "Hello");
    const { messages, temperature, max_tokens: maxTokens } = gateway.chatRequests[0] ?? {};
    assert.deepEqual(
      { messages, temperature, maxTokens },
      {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Hello" },
        ],
        temperature: 0.3,
        maxTokens: 64,
      },
    );
  }));

test("a screen reader hears whole sentences, and then the end", () =>
  scene({}, async ({ gateway, page }) => {
    const go = gate();
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      const region = document.querySelector("[aria-live][aria-atomic]");
      if (region === null) throw new Error("no live region");
      new MutationObserver(() => heard.push(region.textContent ?? "")).observe(region, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    gateway.chat = async (stream) => {
      stream.text("One **whole** sentence. And ha");
      await page.getByText("And ha").waitFor();
      await go.opened;
      stream.text("lf a one");
      stream.finish();
    };
    await say(page, "Go");
    await page.getByText("And ha").waitFor();
    go.open();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    assert.deepEqual(heard, ["One whole sentence.", "And half a one The answer is complete."]);
  }));

test("tool calls are shown, and said not to be run", () =>
  scene({}, async ({ gateway, test, page }) => {
    gateway.chat = (stream) => {
      const call = (piece: unknown) =>
        stream.send({ choices: [{ delta: { tool_calls: [piece] } }] });
      call({ index: 0, id: "t1", function: { name: "delete_file", arguments: '{"path":' } });
      call({ index: 0, function: { arguments: '"/etc/passwd"}' } });
      stream.finish("tool_calls");
    };
    await ask(page, "Tidy up");
    const block = page.locator(".tool-call");
    assert.match(await block.innerText(), /delete_file/);
    assert.equal(await block.locator("pre").innerText(), '{"path":"/etc/passwd"}');
    assert.match(await block.innerText(), /Not run/);
    await test.assertAccessible("tool call");
  }));

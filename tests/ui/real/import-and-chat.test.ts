// The whole path against the real system: import, stages, chat, stop; a pickle refused. Pictures for the
// README are taken on the way.
//
//   SECAI_TEST_URL     where the page is, such as http://127.0.0.1:8480
//   SECAI_TEST_MODEL   a small GGUF model to import through the page; it may be admitted already
//   SECAI_SCREENSHOTS  where the pictures go (docs/screenshots to renew those of the README)
import assert from "node:assert/strict";
import { basename } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import {
  closeBrowser,
  DESKTOP,
  DESKTOP_DARK,
  openPage,
  PHONE,
  type TestPage,
  type View,
} from "../support/browser.ts";
import { answers, ask, messageBox, say } from "../support/scene.ts";

const url = process.env["SECAI_TEST_URL"];
const model = process.env["SECAI_TEST_MODEL"];
const why = url === undefined ? "SECAI_TEST_URL is not set" : false;
/** Checking and loading a model takes as long as the machine needs; this is only an end to waiting. */
const PATIENCE_MS = 420_000;

/** A pickle of protocol 2 that would run a command if anything loaded it. */
const PICKLE = Buffer.from(
  "\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.",
  "latin1",
);

after(closeBrowser);

/** Opens the page, acts on it, and closes it whatever happens. */
async function on(
  path: string,
  view: View,
  act: (opened: TestPage, page: Page) => Promise<void>,
): Promise<void> {
  const opened = await openPage(`${url}/${path}`, view, PATIENCE_MS);
  try {
    await act(opened, opened.page);
  } finally {
    await opened.close();
  }
}

test(
  "a model imported in the page is seen in its stages and then admitted",
  { skip: why || (model === undefined && "SECAI_TEST_MODEL is not set") },
  () =>
    on("#/models", DESKTOP_DARK, async (opened, page) => {
      await page.getByRole("heading", { name: "Admitted" }).waitFor();
      const name = basename(model ?? "");
      await page.locator("#import-file").setInputFiles(model ?? "");
      await page
        .locator(".card-state", { hasText: /^(receiving|finishing|stage \d of 7)$/ })
        .first()
        .waitFor();
      await page
        .locator(".card-state", { hasText: /^stage [5-7] of 7$/ })
        .first()
        .waitFor();
      await opened.assertAccessible("stages");
      await opened.screenshot("quarantine-dark");
      const admitted = page.getByRole("article", {
        name: name.replace(/\.gguf$/, ""),
        exact: true,
      });
      await admitted.first().waitFor();
      await page.getByRole("article", { name: `${name}, checking` }).waitFor({ state: "detached" });
      await admitted.first().getByText("How it passed quarantine").click();
      await opened.assertAccessible("admitted");
    }),
);

test("a person chats, stops an answer, and goes on", { skip: why }, () =>
  on("", DESKTOP, async (opened, page) => {
    await page.getByRole("heading", { name: "What is on your mind?" }).waitFor();
    await page.getByRole("button", { name: "Chat settings" }).click();
    await page.getByLabel("Temperature").fill("0");
    await page.getByLabel("Longest answer, in tokens").fill("160");
    await page.getByRole("button", { name: "Close" }).click();
    await ask(page, "What is the capital of France? Answer in one sentence.");
    const [first] = await answers(page);
    assert.match(first ?? "", /\w/, "the model said something");
    await page
      .getByText(/\d+\.\d tokens\/s/)
      .first()
      .waitFor();
    await opened.screenshot("chat-light");

    // Without a limit, so that there is something to stop however slowly this test looks.
    await page.getByRole("button", { name: "Chat settings" }).click();
    await page.getByLabel("Longest answer, in tokens").fill("");
    await page.getByRole("button", { name: "Close" }).click();
    await say(
      page,
      "Write a very long story about a lighthouse keeper. Describe every day of a year.",
    );
    await page.locator(".turn-answer").nth(1).locator(".markdown p").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped by you.").waitFor();
    const stopped = await answers(page);
    assert.match(stopped[1] ?? "", /\w/, "what came before the stop is kept");

    await page.getByRole("button", { name: "New chat" }).click();
    await ask(page, "Say goodbye.");
    assert.match((await answers(page))[0] ?? "", /\w/, "the next message works");
    await page.getByRole("button", { name: "Worker confined" }).click();
    await opened.assertAccessible("worker panel");
  }),
);

test(
  "a pickle with the name of a model is refused with its reason, and can be discarded",
  { skip: why },
  () =>
    on("#/models", DESKTOP, async (opened, page) => {
      await page.getByRole("heading", { name: "Admitted" }).waitFor();
      await page.locator("#import-file").setInputFiles({
        name: "harmless.gguf",
        mimeType: "application/octet-stream",
        buffer: PICKLE,
      });
      const card = page.getByRole("article", { name: "harmless.gguf, refused" }).first();
      await card.waitFor();
      const rejection = (await card.locator(".rejection").innerText()).replace(/\s+/g, " ");
      assert.match(rejection, /pickle/i);
      assert.match(rejection, /Refused in stage 2, Format Gate, by rule \S+/);
      await opened.assertAccessible("refused");
      await opened.screenshot("refused-light");
      await card.getByRole("button", { name: "Discard" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
      await card.waitFor({ state: "detached" });

      await page.locator(".place", { hasText: "Audit" }).click();
      await page.getByRole("button", { name: "quarantine", exact: true }).click();
      await page.locator(".audit-event", { hasText: "quarantine." }).first().waitFor();
      await opened.assertAccessible("audit");
    }),
);

test("the security page finds nothing that fails", { skip: why }, () =>
  on("#/security", DESKTOP_DARK, async (opened, page) => {
    await page.locator(".check").first().waitFor();
    const failed = await page.locator(".check-fail").allInnerTexts();
    assert.deepEqual(failed, []);
    await opened.assertAccessible("security");
    await opened.screenshot("security-dark");
  }),
);

test("a phone of 320 px shows chat, models, audit and security", { skip: why }, () =>
  on("", PHONE, async (opened, page) => {
    await page.getByRole("heading", { name: "What is on your mind?" }).waitFor();
    await messageBox(page).fill("Name three colours.");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".turn-answer .turn-tools").first().waitFor();
    await opened.assertNoSidewaysScroll("chat");
    await opened.assertAccessible("chat");
    await opened.screenshot("chat-phone");
    for (const [place, content] of [
      ["models", ".card"],
      ["audit", ".audit li"],
      ["security", ".check"],
    ] as const) {
      await page.goto(`${url}/#/${place}`);
      await page.locator(content).first().waitFor();
      await opened.assertNoSidewaysScroll(place);
      await opened.assertAccessible(place);
    }
  }),
);

// One scripted gateway and one page on it, for one test.
import { FakeGateway } from "../fake/gateway.ts";
import { DESKTOP, openPage, type TestPage, type View } from "./browser.ts";
import type { Locator, Page } from "playwright-core";

export interface Scene {
  gateway: FakeGateway;
  origin: string;
  test: TestPage;
  page: Page;
}

/** Starts both, runs `act`, and stops both; the page must be clean at the end. */
export async function scene(
  options: { view?: View; at?: string; set?: (gateway: FakeGateway) => void },
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const gateway = new FakeGateway();
  options.set?.(gateway);
  const origin = await gateway.start();
  try {
    const test = await openPage(`${origin}/${options.at ?? ""}`, options.view ?? DESKTOP);
    try {
      await act({ gateway, origin, test, page: test.page });
    } finally {
      await test.close();
    }
  } finally {
    await gateway.stop();
  }
}

export function messageBox(page: Page): Locator {
  return page.getByLabel("Message", { exact: true });
}

export async function say(page: Page, text: string): Promise<void> {
  await messageBox(page).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** Sends a message and waits until the answer has ended. */
export async function ask(page: Page, text: string): Promise<void> {
  await say(page, text);
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
  await page.locator(".turn-answer").last().locator(".turn-tools").waitFor();
}

export function answers(page: Page): Promise<string[]> {
  return page.locator(".turn-answer > .markdown").allInnerTexts();
}

/** A promise and the function that fulfils it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

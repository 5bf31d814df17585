// A real Chromium for tests. A page that logs an error, breaks the content policy, throws, or asks another
// origin for anything fails the test that used it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const CHROMIUM = process.env["SECAI_TEST_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--font-render-hinting=none",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS =
  process.env["SECAI_SCREENSHOTS"] ?? join(import.meta.dirname, "../../../build/ui-screenshots");

export interface View {
  width: number;
  height: number;
  look: "dark" | "light";
}

export const DESKTOP: View = { width: 1280, height: 820, look: "light" };
export const DESKTOP_DARK: View = { ...DESKTOP, look: "dark" };
export const PHONE: View = { width: 320, height: 640, look: "light" };
export const PHONE_DARK: View = { ...PHONE, look: "dark" };

let browser: Promise<Browser> | undefined;

export async function closeBrowser(): Promise<void> {
  const running = await browser;
  browser = undefined;
  await running?.close();
}

export class TestPage {
  readonly page: Page;
  readonly origin: string;
  readonly #context: BrowserContext;
  readonly #problems: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page, context: BrowserContext, origin: string) {
    this.page = page;
    this.origin = origin;
    this.#context = context;
    page.on("console", (message) => {
      if (message.type() === "error") this.#problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.#problems.push(`error: ${error.stack ?? error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== "blob:") {
        this.#problems.push(`asked a foreign place: ${request.url()}`);
      }
    });
  }

  /** Chromium logs each failed request as an error; a test that makes one fail names it. */
  expectConsole(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Asserts that nothing went wrong so far. */
  async assertClean(): Promise<void> {
    const violations = await this.page.evaluate(() => {
      const holder = window as unknown as { violations?: string[] };
      return holder.violations ?? ["the listener for policy violations is missing"];
    });
    const unexpected = this.#problems.filter(
      (problem) => !this.#expected.some((pattern) => pattern.test(problem)),
    );
    assert.deepEqual([...unexpected, ...violations], []);
  }

  async close(): Promise<void> {
    try {
      await this.assertClean();
    } finally {
      await this.#context.close();
    }
  }

  /** Asserts that axe finds nothing to complain about in the present state. */
  async assertAccessible(state: string): Promise<void> {
    // By the debugging protocol: the page's own policy refuses script that is not its own.
    const session = await this.#context.newCDPSession(this.page);
    await session.send("Runtime.evaluate", { expression: AXE });
    const answer = await session.send("Runtime.evaluate", {
      expression: `axe.run(document, { resultTypes: ["violations"] }).then((result) =>
        result.violations.map((one) => one.id + ": " + one.help + " @ " +
          one.nodes.map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? "")).join(" | ")))`,
      awaitPromise: true,
      returnByValue: true,
    });
    await session.detach();
    assert.equal(answer.exceptionDetails, undefined, `axe ran in state "${state}"`);
    assert.deepEqual(answer.result.value, [], `axe violations in state "${state}"`);
  }

  /** Asserts that the page is not wider than its window. */
  async assertNoSidewaysScroll(state: string): Promise<void> {
    const excess = await this.page.evaluate(() => {
      const scrolls = (element: Element | null): boolean =>
        element !== null &&
        (["auto", "scroll"].includes(getComputedStyle(element).overflowX) ||
          scrolls(element.parentElement));
      const wide = [...document.querySelectorAll<HTMLElement>("body *")].filter((element) => {
        const box = element.getBoundingClientRect();
        const isOut = box.right > innerWidth + 1 || (box.width > 1 && box.left < -1);
        return isOut && !element.closest(".skip, .hidden-text") && !scrolls(element.parentElement);
      });
      return wide.map((element) => `${element.tagName}.${element.className}`);
    });
    assert.deepEqual(excess, [], `sideways scroll in state "${state}"`);
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: "disabled" });
  }
}

/** Opens the page at `url` in a fresh profile; every wait on it ends after `patienceMs`. */
export async function openPage(
  url: string,
  view: View = DESKTOP,
  patienceMs = 15_000,
): Promise<TestPage> {
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const context = await (
    await browser
  ).newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.look,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  await page.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(window, { violations });
    document.addEventListener("securitypolicyviolation", (event) => {
      violations.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const test = new TestPage(page, context, new URL(url).origin);
  await page.goto(url);
  return test;
}

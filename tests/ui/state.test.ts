// Connection, status strip, audit and security pages, and the ways a person may need the page to look.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as samples from "./fake/samples.ts";
import { closeBrowser } from "./support/browser.ts";
import { ask, scene } from "./support/scene.ts";

after(closeBrowser);

test("a lost connection is said, nothing is claimed meanwhile, and it comes back", () =>
  scene({}, async ({ gateway, test, page }) => {
    test.expectConsole(/ERR_INCOMPLETE_CHUNKED_ENCODING|status of 502/);
    const worker = page.locator('[data-item="worker"]');
    await worker.getByText("confined").waitFor();
    gateway.answers.set("GET /api/events", { status: 502, body: { error: "gone" } });
    gateway.dropFeeds();
    await page.getByText("No live connection to the gateway").waitFor();
    await worker.getByText("unknown").waitFor();
    await test.assertAccessible("connection lost");
    await test.screenshot("connection-lost");
    // The pauses grow; in a long one the button is faster.
    await page.getByText(/Next try in ([3-9]|1\d) s/).waitFor();
    gateway.answers.clear();
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText("No live connection to the gateway").waitFor({ state: "detached" });
    await worker.getByText("confined").waitFor();
  }));

test("an unconfined worker is shouted in the strip and fails on the security page", () =>
  scene(
    {
      set: (gateway) => {
        const status = samples.security() as { confinement: { rooms: Record<string, unknown>[] } };
        const worker = status.confinement.rooms.find((room) => room["room"] === "inference-worker");
        Object.assign(worker ?? {}, { seccomp: 0 });
        gateway.security = status;
      },
    },
    async ({ test, page }) => {
      await page.getByRole("button", { name: "Worker NOT confined" }).click();
      await page.getByText("secai doctor").waitFor();
      await page.getByRole("button", { name: "Open Security" }).click();
      const first = page.locator(".check").first();
      await first.waitFor();
      assert.match(await first.innerText(), /^FAIL\s+inference-worker is not confined/);
      await test.assertAccessible("failed check");
    },
  ));

test("a status of an unknown shape is named and believed in nothing", () =>
  scene(
    { at: "#/security", set: (gateway) => void (gateway.security = { network: 7 }) },
    async ({ page }) => {
      await page.getByText("network: expected text, got a number").waitFor();
      await page.getByRole("button", { name: "Network unknown" }).waitFor();
    },
  ));

test("the audit page filters by the beginning of the event and pages backwards", () =>
  scene(
    { at: "#/audit", set: (gateway) => void (gateway.audit = samples.auditEntries(260)) },
    async ({ test, page }) => {
      const numbers = () => page.locator(".audit-number").allInnerTexts();
      await page.locator(".audit li").first().waitFor();
      assert.deepEqual([(await numbers())[0], (await numbers()).length], ["260", 100]);
      await page.getByRole("button", { name: "Show older" }).click();
      await page.waitForFunction(() => document.querySelectorAll(".audit li").length === 200);
      await page.getByRole("button", { name: "Show older" }).click();
      await page.waitForFunction(() => document.querySelectorAll(".audit li").length === 260);
      await page.getByRole("button", { name: "Show older" }).waitFor({ state: "detached" });
      assert.equal(new Set(await numbers()).size, 260);

      await page.getByLabel("Events that begin with").fill("registry.");
      await page.waitForFunction(() =>
        [...document.querySelectorAll(".audit-event")].every((one) =>
          one.textContent?.startsWith("registry."),
        ),
      );
      await page.getByLabel("Events that begin with").fill("nothing.");
      await page.getByText("No event begins with “nothing.”").waitFor();
      await test.assertAccessible("empty audit");
    },
  ));

test("the look follows the system, and a choice is remembered", () =>
  scene({}, async ({ page }) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).colorScheme);
    assert.equal(await ground(), "light");
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await ground(), "dark");
    await page.getByLabel("Look").selectOption("light");
    assert.equal(await ground(), "light");
    await page.reload();
    await page.locator(".sidebar").waitFor();
    assert.equal(await ground(), "light");
  }));

test("leaving asks first when conversations would be lost", () =>
  scene({}, async ({ page }) => {
    await ask(page, "Something worth keeping");
    const [dialog] = await Promise.all([
      page.waitForEvent("dialog"),
      page.close({ runBeforeUnload: true }),
    ]);
    assert.equal(dialog.type(), "beforeunload");
    await dialog.dismiss();
  }));

test("forced colours and a zoom of 200 % keep everything usable", () =>
  scene({ view: { width: 640, height: 410, look: "light" } }, async ({ gateway, test, page }) => {
    gateway.claims = [samples.claim(5, "RUNNING"), samples.rejectedClaim()];
    await page.emulateMedia({ forcedColors: "active" });
    await ask(page, "Hello");
    await test.assertNoSidewaysScroll("zoomed chat");
    await test.assertAccessible("forced colours, chat");
    await test.screenshot("forced-colours");
    await page.goto(`${test.origin}/#/models`);
    await page.locator(".card").first().waitFor();
    await test.assertNoSidewaysScroll("zoomed models");
    await test.assertAccessible("forced colours, models");
  }));

test("everything can be reached by keyboard, and the focus is seen", () =>
  scene({}, async ({ page }) => {
    await page.getByRole("heading", { name: "What is on your mind?" }).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const reached = new Set<string>();
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return undefined;
        const style = getComputedStyle(element);
        const isSeen = style.outlineStyle !== "none" || element.closest(".composer") !== null;
        const name = element.getAttribute("aria-label") ?? element.textContent ?? "";
        return { name: name.trim(), isSeen };
      });
      if (focus === undefined) continue;
      assert.equal(focus.isSeen, true, focus.name);
      reached.add(focus.name);
    }
    for (const name of [
      "Skip to content",
      "Hide sidebar",
      "Vaultnot built",
      "New chat",
      "Models",
      "Chat settings",
    ]) {
      const found = [...reached].some((one) =>
        one.replace(/\s+/g, "").startsWith(name.replace(/\s+/g, "")),
      );
      assert.ok(found, `${name} in ${[...reached].join(" | ")}`);
    }
  }));

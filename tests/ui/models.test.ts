// Import, quarantine and admitted models, as a person sees them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as samples from "./fake/samples.ts";
import { closeBrowser, PHONE } from "./support/browser.ts";
import { gate, scene } from "./support/scene.ts";

after(closeBrowser);

const FILE = {
  name: "tiny.gguf",
  mimeType: "application/octet-stream",
  buffer: Buffer.alloc(300_000, 7),
};

test("without a model, the first screen and the list lead to the import", () =>
  scene({ set: (gateway) => void (gateway.models = []) }, async ({ test, page }) => {
    await page.getByRole("heading", { name: "Begin with a model" }).waitFor();
    await test.assertAccessible("first screen");
    await test.screenshot("first-screen");
    await page.getByRole("button", { name: "Import a model" }).click();
    await page.getByText("No model is admitted yet").waitFor();
    await test.assertAccessible("no models");
  }));

test("a chosen file is sent whole, and its stages are seen live until it is admitted", () =>
  scene(
    { at: "#/models", set: (gateway) => void (gateway.models = []) },
    async ({ gateway, test, page }) => {
      const hold = gate();
      gateway.holdUploads = hold.opened;
      await page.getByText("No model is admitted yet").waitFor();
      await page.locator("#import-file").setInputFiles(FILE);
      const row = page.getByRole("article", { name: "Upload of tiny.gguf" });
      await row.waitFor();
      await row.getByText("finishing").waitFor();
      await test.assertAccessible("upload");
      gateway.claims = [samples.claim(1, "RUNNING", { id: "claim-new", name: "tiny.gguf" })];
      hold.open();
      await row.waitFor({ state: "detached" });
      assert.ok(gateway.uploadedBytes >= FILE.buffer.length);

      const claim = page.getByRole("article", { name: "tiny.gguf, checking" });
      await claim.getByText("stage 1 of 7").waitFor();
      gateway.emit("claims", {
        claims: [samples.claim(5, "RUNNING", { id: "claim-new", name: "tiny.gguf" })],
      });
      await claim.getByText("stage 5 of 7").waitFor();
      assert.equal(await claim.getByText("PASS").count(), 4);
      assert.equal(
        await claim
          .getByRole("progressbar", { name: "Static Scan in progress" })
          .getAttribute("aria-valuenow"),
        "42",
      );
      const done = samples.claim(8, "PASS", {
        id: "claim-new",
        name: "tiny.gguf",
        state: "promoted",
      });
      gateway.emit("claims", { claims: [done] });
      gateway.emit("registry", { models: [samples.entry({ name: "tiny" })] });
      await page.getByRole("article", { name: "tiny", exact: true }).waitFor();
      await claim.waitFor({ state: "detached" });
    },
  ));

test("an upload can be cancelled", () =>
  scene({ at: "#/models" }, async ({ gateway, page }) => {
    gateway.holdUploads = new Promise(() => {});
    await page.locator(".card").first().waitFor();
    await page.locator("#import-file").setInputFiles(FILE);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("The upload of tiny.gguf was cancelled.").waitFor();
    assert.equal(await page.getByRole("article", { name: "Upload of" }).count(), 0);
  }));

test("a file dropped anywhere is imported", () =>
  scene({}, async ({ gateway, page }) => {
    await page.getByRole("heading", { name: "What is on your mind?" }).waitFor();
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["weights"], "dropped.gguf"));
      return transfer;
    });
    await page.dispatchEvent(".content", "dragover", { dataTransfer: data });
    await page.getByText("Drop to import into quarantine").waitFor();
    await page.dispatchEvent(".content", "drop", { dataTransfer: data });
    await page.getByRole("heading", { name: "Models", exact: true }).waitFor();
    await page.waitForFunction(() => document.querySelector(".drop") === null);
    assert.ok(gateway.asked.includes("POST /api/models/import"));
  }));

test("an upload that the gateway refuses says why", () =>
  scene({ at: "#/models" }, async ({ gateway, test, page }) => {
    test.expectConsole(/status of 507/);
    gateway.answers.set("POST /api/models/import", {
      status: 507,
      body: { error: "not enough free space: 4.4 GB wanted, 1.2 GB free above the reserve" },
    });
    await page.locator(".card").first().waitFor();
    await page.locator("#import-file").setInputFiles(FILE);
    await page.getByText("not enough free space: 4.4 GB wanted").waitFor();
    await test.assertAccessible("refused upload");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("article", { name: "Upload of" }).waitFor({ state: "detached" });
  }));

test("a refused file shows stage, rule, place and reason, and can be discarded or re-submitted", () =>
  scene(
    { at: "#/models", set: (gateway) => void (gateway.claims = [samples.rejectedClaim()]) },
    async ({ gateway, test, page }) => {
      const card = page.getByRole("article", { name: "totally-safe-model.gguf, refused" });
      const text = (await card.locator(".rejection").innerText()).replace(/\s+/g, " ");
      assert.equal(
        text,
        "The content is a Python pickle inside a zip archive, not GGUF or safetensors " +
          "Refused in stage 2, Format Gate, by rule F-1 at byte 0 (0x0).",
      );
      await test.screenshot("refused");
      await card.getByRole("button", { name: "Re-submit" }).click();
      await page.getByText("goes through all stages again").waitFor();
      assert.ok(gateway.asked.includes("POST /api/quarantine/claim-2/resubmit"));
      await card.getByRole("button", { name: "Discard" }).click();
      await test.assertAccessible("discard dialog");
      const dialog = page.getByRole("dialog", { name: "Discard this file?" });
      gateway.claims = [];
      await dialog.getByRole("button", { name: "Discard" }).click();
      await card.waitFor({ state: "detached" });
      assert.ok(gateway.asked.includes("DELETE /api/quarantine/claim-2"));
    },
  ));

test("loading shows its progress, and load, unload, verify and remove do what they say", () =>
  scene(
    {
      at: "#/models",
      set: (gateway) => {
        gateway.models = [samples.listedModel({ name: "a/b c", state: "unloaded" })];
      },
    },
    async ({ gateway, page }) => {
      const card = page.getByRole("article", { name: "a/b c" });
      await card.getByText("not loaded").waitFor();
      await card.getByRole("button", { name: "Load" }).click();
      gateway.emit("models", {
        models: [samples.modelState({ state: "loading", progress: 0.42 })],
      });
      await card.getByText("loading 42 %").waitFor();
      gateway.models = [samples.listedModel({ name: "a/b c", state: "loaded" })];
      gateway.emit("models", { models: [samples.modelState({ state: "loaded" })] });
      await card.getByRole("button", { name: "Unload" }).click();
      await page.getByText("a/b c is unloaded.").waitFor();
      await card.getByRole("button", { name: "Verify" }).click();
      await page.getByText("a/b c is unchanged").waitFor();
      gateway.models = [];
      await card.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      await card.waitFor({ state: "detached" });
      const wanted = ["load", "unload", "verify"].map(
        (verb) => `POST /api/models/a%2Fb%20c/${verb}`,
      );
      for (const route of [...wanted, "DELETE /api/models/a%2Fb%20c"]) {
        assert.ok(gateway.asked.includes(route), route);
      }
    },
  ));

test("a listing that was on its way does not undo what a live event said meanwhile", () =>
  scene(
    {
      at: "#/models",
      set: (gateway) => void (gateway.models = [samples.listedModel({ state: "unloaded" })]),
    },
    async ({ gateway, page }) => {
      const card = page.getByRole("article", { name: "SmolLM2" });
      await card.getByText("not loaded").waitFor();
      const hold = gate();
      gateway.holdListings = hold.opened;
      await card.getByRole("button", { name: "Load" }).click();
      while (gateway.asked.at(-1) !== "GET /api/models") await page.waitForTimeout(10);
      gateway.emit("models", {
        models: [samples.modelState({ state: "loading", progress: 0.42 })],
      });
      await card.getByText("loading 42 %").waitFor();
      const answered = page.waitForResponse((response) => response.url().endsWith("/api/models"));
      hold.open();
      await (await answered).finished();
      // Whatever comes after this click was drawn after the listing was read.
      await card.locator("summary").first().click();
      assert.equal(await card.getByText("loading 42 %").count(), 1);
    },
  ));

test("a model that differs from its record is called so", () =>
  scene({ at: "#/models" }, async ({ gateway, test, page }) => {
    test.expectConsole(/status of 409/);
    gateway.answers.set("POST /api/models/SmolLM2-135M-Instruct.Q4_1/verify", {
      status: 409,
      body: { ok: false, detail: "sha256 is 00ab…, admitted was b179…" },
    });
    await page.getByRole("button", { name: "Verify", exact: true }).click();
    await page.getByText("differs from its record. sha256 is 00ab…, admitted was b179…").waitFor();
    await test.assertAccessible("problem notice");
  }));

test("details give digest, trust in words and the numbers of the estimate, on a phone too", () =>
  scene({ at: "#/models", view: PHONE }, async ({ test, page }) => {
    await page.locator(".card-details summary").click();
    await page.getByText("fits: needs about 273 MB at its peak, 6.40 GB are free").waitFor();
    await page.getByText("Pinned: the digest is one the policy names").waitFor();
    await page.getByRole("button", { name: "Copy digest" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), samples.DIGEST);
    await test.assertNoSidewaysScroll("details");
    await test.assertAccessible("details");
  }));

test("a list that cannot be read says so, and can be asked for again", () =>
  scene(
    {
      at: "#/models",
      set: (gateway) => {
        gateway.answers.set("GET /api/models", {
          status: 503,
          body: { error: "registry is down" },
        });
      },
    },
    async ({ gateway, test, page }) => {
      test.expectConsole(/status of 503/);
      await page.getByText("registry is down").waitFor();
      await test.assertAccessible("models failed");
      gateway.answers.clear();
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("article", { name: "SmolLM2" }).waitFor();
      await page.getByText("registry is down").waitFor({ state: "detached" });
    },
  ));

test("a person whom the gateway does not know is told whose page this is", () =>
  scene(
    {
      at: "#/models",
      set: (gateway) => {
        gateway.answers.set("GET /api/models", { status: 403, body: { error: "not the owner" } });
      },
    },
    async ({ test, page }) => {
      test.expectConsole(/status of 403/);
      await page.getByText("Only the person who started SecAI may use this page").waitFor();
    },
  ));

